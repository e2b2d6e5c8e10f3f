import type { AccessProblemCode, Requirement, StepUpRequirement } from './route-access';

/** RFC 8176 names methods in such words; they also have to fit into a header (RFC 9110 §5.6.4). */
const METHOD = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;

/** What is wrong with a requirement by itself, for callers that no compiler checked. */
export function requirementProblem(requirement: Requirement): AccessProblemCode | undefined {
  switch (requirement.kind) {
    case 'roles':
    case 'any_permission':
      return requirement.anyOf.length === 0 ? 'empty_list' : undefined;
    case 'permissions':
      return requirement.allOf.length === 0 ? 'empty_list' : undefined;
    case 'step_up':
      return stepUpProblem(requirement);
    case 'policy':
      return isClass(requirement.policy) ? undefined : 'policy_not_class';
    case 'four_eyes':
      return isClass(requirement.creator) ? undefined : 'policy_not_class';
  }
}

function stepUpProblem({ maxAgeSeconds, amr }: StepUpRequirement): AccessProblemCode | undefined {
  if (maxAgeSeconds === undefined && amr === undefined) return 'step_up_empty';
  const agePossible =
    maxAgeSeconds === undefined || (Number.isSafeInteger(maxAgeSeconds) && maxAgeSeconds > 0);
  const methodsPossible =
    amr === undefined ||
    (Array.isArray(amr) && amr.length > 0 && amr.every((method) => isMethod(method)));
  return agePossible && methodsPossible ? undefined : 'step_up_impossible';
}

function isMethod(method: unknown): boolean {
  return typeof method === 'string' && METHOD.test(method);
}

/** Arrow functions and methods are none; whether a function is provided is seen at boot. */
function isClass(value: unknown): boolean {
  return typeof value === 'function' && typeof value.prototype === 'object';
}
