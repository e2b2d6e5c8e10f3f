import type { Requirement } from '../route-access/route-access';
import { byText, type AccessNeeds } from './access-lock';

type StepUp = NonNullable<AccessNeeds['stepUp']>;
type Lists = readonly (readonly string[])[];

/** The same needs for requirements that mean the same, whatever their order and repetition. */
export function needsOf(requirements: readonly Requirement[]): AccessNeeds {
  const roles: string[][] = [];
  const permissions: string[] = [];
  const anyPermission: string[][] = [];
  const policies: string[] = [];
  const fourEyes: string[] = [];
  let stepUp: StepUp | undefined;
  for (const requirement of requirements) {
    switch (requirement.kind) {
      case 'roles':
        roles.push(sorted(requirement.anyOf));
        break;
      case 'permissions':
        permissions.push(...requirement.allOf);
        break;
      case 'any_permission': {
        const anyOf = sorted(requirement.anyOf);
        // One of one is all of one.
        if (anyOf.length === 1) permissions.push(...anyOf);
        else anyPermission.push(anyOf);
        break;
      }
      case 'step_up':
        stepUp = strictest(stepUp, requirement);
        break;
      case 'policy':
        policies.push(requirement.policy.name);
        break;
      case 'four_eyes':
        fourEyes.push(requirement.creator.name);
        break;
    }
  }
  return {
    ...(roles.length === 0 ? {} : { roles: distinct(roles) }),
    ...(permissions.length === 0 ? {} : { permissions: sorted(permissions) }),
    ...(anyPermission.length === 0 ? {} : { anyPermission: distinct(anyPermission) }),
    ...(stepUp === undefined ? {} : { stepUp }),
    ...(policies.length === 0 ? {} : { policies: sorted(policies) }),
    ...(fourEyes.length === 0 ? {} : { fourEyes: sorted(fourEyes) }),
  };
}

/** Each need in words, in a stable order. */
export function describeNeeds(needs: AccessNeeds): readonly string[] {
  const { roles = [], permissions = [], anyPermission = [], stepUp, policies = [] } = needs;
  return [
    ...roles.map(describeRoles),
    ...permissions.map(describePermission),
    ...anyPermission.map(describeAnyPermission),
    ...(stepUp === undefined ? [] : [describeStepUp(stepUp)]),
    ...policies.map(describePolicy),
    ...(needs.fourEyes ?? []).map(describeFourEyes),
  ];
}

export const describeRoles = (anyOf: readonly string[]): string =>
  anyOf.length === 1 ? `role ${anyOf.join()}` : `one of the roles ${anyOf.join(', ')}`;

export const describePermission = (name: string): string => `permission ${name}`;

export const describeAnyPermission = (anyOf: readonly string[]): string =>
  `one of the permissions ${anyOf.join(', ')}`;

export const describePolicy = (name: string): string => `policy ${name}`;

export const describeFourEyes = (name: string): string => `four eyes by ${name}`;

export function describeStepUp({ maxAgeSeconds, amr }: StepUp): string {
  const age = maxAgeSeconds === undefined ? '' : ` within ${maxAgeSeconds} s`;
  return `step-up${age}${amr === undefined ? '' : ` by ${amr.join(' and ')}`}`;
}

function strictest(one: StepUp | undefined, two: StepUp): StepUp {
  const ages = [one?.maxAgeSeconds, two.maxAgeSeconds].filter((age) => age !== undefined);
  const amr = sorted([...(one?.amr ?? []), ...(two.amr ?? [])]);
  return {
    ...(ages.length === 0 ? {} : { maxAgeSeconds: Math.min(...ages) }),
    ...(amr.length === 0 ? {} : { amr }),
  };
}

function sorted(names: readonly string[]): string[] {
  return [...new Set(names)].sort(byText);
}

function distinct(lists: Lists): Lists {
  const byContent = new Map(lists.map((list) => [JSON.stringify(list), list]));
  return [...byContent].sort(([one], [two]) => byText(one, two)).map(([, list]) => list);
}
