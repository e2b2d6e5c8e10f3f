import type { Requirement } from './route-access';

/** A requirement as data: classes are told by their names. For logs, listings and locks. */
export function printableRequirement(requirement: Requirement): Readonly<Record<string, unknown>> {
  switch (requirement.kind) {
    case 'policy':
      return { kind: 'policy', policy: requirement.policy.name };
    case 'four_eyes':
      return { kind: 'four_eyes', creator: requirement.creator.name };
    default:
      return { ...requirement };
  }
}
