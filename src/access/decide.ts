import type { Requirement } from '../route-access/route-access';
import type { Authority } from './authority';

/** The first requirement that an authority does not meet; undefined when it meets all of them. */
export function unmetRequirement(
  requirements: readonly Requirement[],
  authority: Authority,
): Requirement | undefined {
  for (const requirement of requirements) {
    const met =
      requirement.kind === 'roles'
        ? requirement.anyOf.some((role) => authority.hasRole(role))
        : // `every` is true of an empty list, which must not open anything.
          requirement.allOf.length > 0 &&
          requirement.allOf.every((permission) => authority.has(permission));
    if (!met) return requirement;
  }
  return undefined;
}
