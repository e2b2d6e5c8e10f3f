import type { CreatorClass, PolicyClass } from './policy';

/** A person who authenticated a short while ago, in certain ways, or both (RFC 9470). */
export interface StepUpRequirement {
  readonly kind: 'step_up';
  /** Seconds since the last authentication by a person, at most. */
  readonly maxAgeSeconds?: number;
  /** Methods of authentication (RFC 8176), all of which the session must have seen. */
  readonly amr?: readonly string[];
}

/** One thing a request has to fulfil. Several requirements must all hold. */
export type Requirement =
  | { readonly kind: 'roles'; readonly anyOf: readonly string[] }
  | { readonly kind: 'permissions'; readonly allOf: readonly string[] }
  | { readonly kind: 'any_permission'; readonly anyOf: readonly string[] }
  | StepUpRequirement
  | { readonly kind: 'policy'; readonly policy: PolicyClass }
  | { readonly kind: 'four_eyes'; readonly creator: CreatorClass };

/** What is wrong with the declared access of a route. */
export type AccessProblemCode = keyof typeof ACCESS_PROBLEMS;

/** What stops the boot, and what to do about it. */
export interface AccessProblem {
  readonly code: AccessProblemCode;
  /** The unknown name, where there is one. */
  readonly name?: string;
}

/** What it takes to use one route: global ∧ class ∧ method. */
export interface RouteAccess {
  /** `refused` has problems: it stops the boot, and a guard that meets it denies. */
  readonly kind: 'public' | 'authenticated' | 'refused';
  /** All must hold. Empty unless the kind is `authenticated`. */
  readonly requirements: readonly Requirement[];
  /** Why the route is public or looser than its class, where a reason was given. */
  readonly reason?: string;
  readonly problems: readonly AccessProblem[];
}

/** Each problem with its remedy; they read as "must be <remedy>: <why>". */
export const ACCESS_PROBLEMS = {
  nothing_declared: {
    remedy: 'given @Public(), @Authenticated(), @Roles(…), @RequirePermissions(…) or another rule',
    why: 'a route without declared access is never served',
  },
  public_class_with_requirement: {
    remedy: 'in a class without @Public(): put @Public() on the methods that are meant',
    why: 'the class is public and the method asks for something',
  },
  public_with_requirement: {
    remedy: 'either public or guarded: remove @Public() or the requirement beside it',
    why: 'both stand at the same place, base classes included',
  },
  public_without_reason: {
    remedy: 'marked @Public({ reason: … }), or left without @Public()',
    why: 'the class asks for something, and only a stated reason opens one of its methods',
  },
  reason_missing: {
    remedy: 'given a reason that is not empty',
    why: 'whoever reviews the opening has to know why it is there',
  },
  loosens_nothing: {
    remedy: 'without @LoosenAccess(), or in a class that requires something',
    why: 'there is nothing to loosen',
  },
  empty_list: {
    remedy:
      'given at least one name in @Roles(…), @RequirePermissions(…) or @RequireAnyPermission(…)',
    why: 'an empty list could mean nobody as well as everybody',
  },
  unknown_permission: {
    remedy: 'a permission of the catalogue; wildcards only stand in the grants of roles',
    why: 'no permission has this name',
  },
  unknown_role: {
    remedy: 'a role of the catalogue',
    why: 'no role has this name',
  },
  policy_not_class: {
    remedy:
      'given a class; where a class stands there, imports that form a cycle leave it undefined',
    why: 'a policy or creator is asked through a provider, and that is found by its class',
  },
  step_up_empty: {
    remedy: 'given `maxAge`, `amr` or both',
    why: 'a step-up that asks for nothing protects nothing',
  },
  step_up_impossible: {
    remedy: 'given `maxAge` as whole seconds from 1, and `amr` as a list of methods such as `otp`',
    why: 'nobody could ever meet it, or anybody could',
  },
  handler_unknown: {
    remedy: 'a method of the class, or bound or wrapped in its constructor, in the default scope',
    why: 'no method of the class is known to be this function, so no declared access belongs to it',
  },
  handler_shared: {
    remedy: 'a function of its own for each name',
    why: 'one function answers under several names, and guards cannot tell which was called',
  },
  declared_twice: {
    remedy: 'declared by decorators or under `thirdParty`, not both',
    why: 'the two could disagree',
  },
} as const satisfies Record<string, { remedy: string; why: string }>;
