import 'reflect-metadata';
import type { AccessDeclaration } from './access-declarations';
import type { PolicyClass } from './policy';
import type { StepUpRequirement } from './route-access';

/**
 * Where `@nestjs/swagger` keeps what `@ApiExtension` and `@ApiBearerAuth` write. Its decorators
 * cannot add to a list or leave a method out, and ours do both; a test generates a document.
 */
const EXTENSIONS = 'swagger/apiExtension';
const SECURITY = 'swagger/apiSecurity';
/** Either of them will do. */
const EITHER = Object.freeze([{ bearer: [] }, { session: [] }]);
/** Nest marks what is a route with its path. */
const PATH = 'path';

/** Routes that do not ask for what their class asks for. */
const detached = new WeakSet<object>();

/** Writes into the OpenAPI description of one route what a decorator on it declares. */
export function describeMethodAccess(handler: object, declaration: AccessDeclaration): void {
  if (declaration.kind === 'public') {
    detached.add(handler);
    return;
  }
  if (declaration.kind === 'loosen') detached.add(handler);
  if (!Reflect.hasMetadata(SECURITY, handler)) Reflect.defineMetadata(SECURITY, EITHER, handler);
  const known = (Reflect.getMetadata(EXTENSIONS, handler) ?? {}) as Record<string, unknown>;
  const changed = extensionOf(declaration, known);
  if (changed === undefined) return;
  Reflect.defineMetadata(EXTENSIONS, { ...known, ...changed }, handler);
}

/** Writes the same for every route of a class, but for those that leave its requirements. */
export function describeClassAccess(
  controller: { readonly prototype: object },
  declaration: AccessDeclaration,
): void {
  for (const key of Reflect.ownKeys(controller.prototype)) {
    const handler: unknown = Object.getOwnPropertyDescriptor(controller.prototype, key)?.value;
    if (typeof handler !== 'function' || !Reflect.hasMetadata(PATH, handler)) continue;
    if (!detached.has(handler)) describeMethodAccess(handler, declaration);
  }
}

/**
 * The extensions of a description that a declaration changes. Of a list of lists, one name of each
 * must be held: the lists of class and method do not become one.
 */
function extensionOf(
  declaration: AccessDeclaration,
  known: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> | undefined {
  const added = (name: string, items: readonly unknown[]) => {
    const before = (known[name] ?? []) as readonly unknown[];
    return { [name]: [...new Set([...before, ...items])] };
  };
  switch (declaration.kind) {
    case 'permissions':
      return added('x-required-permissions', declaration.allOf);
    case 'any_permission':
      return added('x-required-any-permission', [declaration.anyOf]);
    case 'roles':
      return added('x-required-roles', [declaration.anyOf]);
    case 'policy':
      return added('x-policies', [nameOf(declaration.policy)]);
    case 'four_eyes':
      return { 'x-four-eyes': true };
    case 'step_up':
      return { 'x-step-up': bothOf(known['x-step-up'] as StepUp | undefined, declaration) };
    case 'public':
    case 'authenticated':
    case 'loosen':
      return undefined;
  }
}

interface StepUp {
  readonly maxAge?: number;
  readonly amr?: readonly string[];
}

/** What is no class yet stops the boot, which names it better than an error in a decorator. */
function nameOf(policy: PolicyClass | undefined): string | undefined {
  return policy?.name;
}

/** The shorter age and every method: what meets this meets both. */
function bothOf(known: StepUp = {}, { maxAgeSeconds, amr }: StepUpRequirement): StepUp {
  const ages = [known.maxAge, maxAgeSeconds].filter((age) => age !== undefined);
  const methods = [...new Set([...(known.amr ?? []), ...listOf(amr)])];
  return {
    ...(ages.length === 0 ? {} : { maxAge: Math.min(...ages) }),
    ...(methods.length === 0 ? {} : { amr: methods }),
  };
}

function listOf(names: unknown): readonly string[] {
  return Array.isArray(names) ? (names as readonly string[]) : [];
}
