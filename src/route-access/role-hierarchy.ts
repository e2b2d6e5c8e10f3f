/** A role and every role it inherits, directly or not. A diamond counts once (AZ-8). */
export function inheritedRoles(
  role: string,
  parentsOf: (role: string) => readonly string[],
): Set<string> {
  const found = new Set([role]);
  // A Set visits what is added while it is walked, so depth costs no stack.
  for (const name of found) for (const parent of parentsOf(name)) found.add(parent);
  return found;
}

/** Roles that inherit from each other, as `[a, b, a]`; undefined when there are none. */
export function findCycle(parents: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  for (const start of parents.keys()) {
    const path: string[] = [];
    const pending: { role: string; depth: number }[] = [{ role: start, depth: 0 }];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { role, depth } = next;
      for (const left of path.splice(depth)) done.add(left);
      if (path.includes(role)) return [...path.slice(path.indexOf(role)), role];
      if (done.has(role)) continue;
      path.push(role);
      for (const parent of parents.get(role) ?? [])
        pending.push({ role: parent, depth: depth + 1 });
    }
    for (const left of path) done.add(left);
  }
  return undefined;
}
