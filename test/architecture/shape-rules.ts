import { libraryOf } from './layer-rules';
import type { ModuleGraph, Violation } from './module-graph';

const MAX_LINES = 400;
const MAX_MEDIAN_LINES = 120;

/** A barrel hides who depends on what, and is how cycles begin. */
export function barrels(graph: ModuleGraph): Violation[] {
  return libraryOf(graph)
    .filter(({ path }) => path !== 'src/index.ts' && /\/index\.[jt]s$/.test(path))
    .map(({ path }) => ({ path, message: 'is a barrel: import the file itself' }));
}

/** No file is over 400 lines, whatever its folder. */
export function longFiles(graph: ModuleGraph): Violation[] {
  return [...graph.values()]
    .filter(({ lineCount }) => lineCount > MAX_LINES)
    .map(({ path, lineCount }) => ({ path, message: `has ${lineCount} lines, over ${MAX_LINES}` }));
}

/** Half of the library's files have at most 120 lines. */
export function longMedian(graph: ModuleGraph): Violation[] {
  const lengths = libraryOf(graph)
    .map(({ lineCount }) => lineCount)
    .sort((a, b) => a - b);
  const median = lengths[Math.floor((lengths.length - 1) / 2)] ?? 0;
  if (median <= MAX_MEDIAN_LINES) return [];
  return [{ path: 'src', message: `median file of ${median} lines, over ${MAX_MEDIAN_LINES}` }];
}

/** Files and folders are kebab-case, with Nest's role after a dot. */
export function oddNames(paths: Iterable<string>): Violation[] {
  const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/;
  return [...paths]
    .filter((path) => !path.split('/').every((part) => kebab.test(part)))
    .map((path) => ({ path, message: 'is not kebab-case' }));
}

/**
 * Modules that reach themselves, type imports included: a type cycle is a design cycle, and under
 * swc it can become one at run time. One violation per group of modules (Tarjan's algorithm).
 */
export function cycles(graph: ModuleGraph): Violation[] {
  const found: Violation[] = [];
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];

  const targetsOf = (path: string): string[] =>
    (graph.get(path)?.imports ?? []).flatMap(({ target }) =>
      target !== undefined && graph.has(target) ? [target] : [],
    );

  const close = (path: string): void => {
    const group = stack.splice(stack.indexOf(path)).sort();
    const first = group[0] ?? path;
    if (group.length > 1 || targetsOf(path).includes(path)) {
      found.push({ path: first, message: `import each other: ${group.join(', ')}` });
    }
  };

  const connect = (path: string): number => {
    const own = index.size;
    index.set(path, own);
    low.set(path, own);
    stack.push(path);
    for (const target of targetsOf(path)) {
      const reached = index.has(target)
        ? stack.includes(target)
          ? (index.get(target) ?? own)
          : own
        : connect(target);
      low.set(path, Math.min(low.get(path) ?? own, reached));
    }
    if (low.get(path) === own) close(path);
    return low.get(path) ?? own;
  };

  for (const path of graph.keys()) if (!index.has(path)) connect(path);
  return found;
}
