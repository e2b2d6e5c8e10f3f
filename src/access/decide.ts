import type { Principal } from '../route-access/principal';
import type { Requirement, StepUpRequirement } from '../route-access/route-access';
import type { Authority } from './authority';

/** Who asks, with what, and when. */
export interface Subject {
  readonly authority: Pick<Authority, 'has' | 'hasRole'>;
  readonly principal: Principal;
  /** Seconds since the epoch. */
  readonly nowSeconds: number;
}

/**
 * The first requirement that a subject does not meet; undefined when it meets all of them. Roles and
 * permissions come before a step-up: whoever may not anyway is not sent to authenticate again.
 * Policies are asked later, and elsewhere.
 *
 * It runs for each request and allocates nothing.
 */
export function unmetRequirement(
  requirements: readonly Requirement[],
  subject: Subject,
): Requirement | undefined {
  let stepUp: StepUpRequirement | undefined;
  for (const requirement of requirements) {
    if (requirement.kind === 'step_up') {
      if (stepUp === undefined && !isSteppedUp(requirement, subject)) stepUp = requirement;
    } else if (!isHeld(requirement, subject.authority)) {
      return requirement;
    }
  }
  return stepUp;
}

/** Every list is false of nothing: an empty one must not open anything. */
function isHeld(
  requirement: Exclude<Requirement, StepUpRequirement>,
  authority: Subject['authority'],
): boolean {
  switch (requirement.kind) {
    case 'roles':
      for (const role of requirement.anyOf) if (authority.hasRole(role)) return true;
      return false;
    case 'any_permission':
      for (const permission of requirement.anyOf) if (authority.has(permission)) return true;
      return false;
    case 'permissions':
      for (const permission of requirement.allOf) if (!authority.has(permission)) return false;
      return requirement.allOf.length > 0;
    case 'policy':
    case 'four_eyes':
      return true;
    default:
      return deniesUnknown(requirement);
  }
}

function isSteppedUp(
  { maxAgeSeconds, amr }: StepUpRequirement,
  { principal, nowSeconds }: Subject,
): boolean {
  if (maxAgeSeconds === undefined && amr === undefined) return false;
  if (maxAgeSeconds !== undefined) {
    // What is not a number is never fresh.
    const isFresh = nowSeconds - principal.authTime <= maxAgeSeconds;
    if (!isFresh) return false;
  }
  if (amr === undefined) return true;
  for (const method of amr) if (!principal.amr.includes(method)) return false;
  return amr.length > 0;
}

/** The compiler proves that nothing arrives here; a second copy of the package could still send it. */
function deniesUnknown(_: never): false {
  return false;
}
