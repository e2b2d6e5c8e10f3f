import type { AccessDeclaration } from './access-declarations';
import { requirementProblem } from './check-requirement';
import type { AccessProblem, AccessProblemCode, Requirement, RouteAccess } from './route-access';

/** One or more `@Public()`, or `@LoosenAccess()`, at one place. */
interface Opening {
  /** The first that is given. */
  readonly reason?: string;
  /** One of the reasons says nothing. */
  readonly isUnreasoned: boolean;
}

/** What is declared at one place. */
interface Level {
  readonly opened?: Opening;
  readonly loosened?: Opening;
  readonly requirements: readonly Requirement[];
  /** Asks for more than being reached. */
  readonly demands: boolean;
}

/**
 * The access of a route from what its class and its method declare. Requirements only ever add up;
 * a method gets below its class by `@Public({ reason })` or `@LoosenAccess({ reason })` and no other
 * way.
 */
export function composeAccess(
  ofClass: readonly AccessDeclaration[],
  ofMethod: readonly AccessDeclaration[],
): RouteAccess {
  const outer = levelOf(ofClass);
  const inner = levelOf(ofMethod);
  const problems = problemsOf(outer, inner, ofClass.length + ofMethod.length === 0);
  if (problems.length > 0) return refuse(problems);
  const reason = inner.opened?.reason ?? inner.loosened?.reason ?? outer.opened?.reason;
  const given = reason === undefined ? {} : { reason };
  if (inner.opened ?? outer.opened) {
    return { kind: 'public', requirements: [], problems: [], ...given };
  }
  const kept = inner.loosened ? [] : outer.requirements;
  return {
    kind: 'authenticated',
    requirements: [...kept, ...inner.requirements],
    problems: [],
    ...given,
  };
}

/** A route that nobody may use, because nobody can say who may. */
export function refuse(problems: readonly AccessProblem[]): RouteAccess {
  return { kind: 'refused', requirements: [], problems };
}

function levelOf(declarations: readonly AccessDeclaration[]): Level {
  const requirements = declarations.filter(isRequirement);
  return {
    opened: openingOf(declarations, 'public'),
    loosened: openingOf(declarations, 'loosen'),
    requirements,
    demands: requirements.length > 0 || declarations.some(({ kind }) => kind === 'authenticated'),
  };
}

function problemsOf(outer: Level, inner: Level, undeclared: boolean): AccessProblem[] {
  const found: Partial<Record<AccessProblemCode, boolean>> = {
    nothing_declared: undeclared,
    public_with_requirement:
      isContradiction(outer) ||
      isContradiction(inner) ||
      (inner.opened !== undefined && inner.loosened !== undefined),
    public_class_with_requirement: outer.opened !== undefined && inner.demands,
    public_without_reason:
      inner.opened !== undefined && inner.opened.reason === undefined && outer.demands,
    reason_missing: [outer.opened, inner.opened, outer.loosened, inner.loosened].some(
      (opening) => opening?.isUnreasoned,
    ),
    loosens_nothing: inner.loosened !== undefined && !outer.demands,
  };
  const contradictions = Object.entries(found)
    .filter(([, present]) => present)
    .map(([code]) => code as AccessProblemCode);
  const impossible = [...outer.requirements, ...inner.requirements].flatMap(
    (requirement) => requirementProblem(requirement) ?? [],
  );
  return [...new Set([...contradictions, ...impossible])].map((code) => ({ code }));
}

function isContradiction({ opened, demands }: Level): boolean {
  return opened !== undefined && demands;
}

/** Together, so that of two at one place it does not matter which stands first. */
function openingOf(
  declarations: readonly AccessDeclaration[],
  kind: 'public' | 'loosen',
): Opening | undefined {
  const openings = declarations.filter((declaration) => declaration.kind === kind);
  if (openings.length === 0) return undefined;
  const reasons: unknown[] = openings.flatMap((opening) =>
    'reason' in opening ? [opening.reason] : [],
  );
  return {
    reason: reasons.find((reason) => typeof reason === 'string'),
    isUnreasoned: reasons.some((reason) => typeof reason !== 'string' || reason.trim() === ''),
  };
}

/** What is neither an opening nor a word about signing in, so that an unknown kind still counts. */
function isRequirement(declaration: AccessDeclaration): declaration is Requirement {
  const { kind } = declaration;
  return kind !== 'public' && kind !== 'authenticated' && kind !== 'loosen';
}
