import 'reflect-metadata';
import type { AccessDeclaration } from './access-declarations';

/**
 * Where `@nestjs/swagger` keeps what `@ApiExtension` and `@ApiBearerAuth` write. Its decorators
 * cannot add to a list or leave a method out, and ours do both; a test generates a document.
 */
const EXTENSIONS = 'swagger/apiExtension';
const SECURITY = 'swagger/apiSecurity';
const BEARER = Object.freeze([{ bearer: [] }]);
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
  if (!Reflect.hasMetadata(SECURITY, handler)) Reflect.defineMetadata(SECURITY, BEARER, handler);
  if (declaration.kind !== 'permissions') return;
  const extensions = (Reflect.getMetadata(EXTENSIONS, handler) ?? {}) as Record<string, unknown>;
  const known = (extensions['x-required-permissions'] ?? []) as readonly string[];
  Reflect.defineMetadata(
    EXTENSIONS,
    { ...extensions, 'x-required-permissions': [...new Set([...known, ...declaration.allOf])] },
    handler,
  );
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
