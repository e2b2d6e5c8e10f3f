import 'reflect-metadata';
import type { Requirement } from './route-access';

/** What one decorator says about a class or a method. */
export type AccessDeclaration =
  | { readonly kind: 'public'; readonly reason?: string }
  | { readonly kind: 'authenticated' }
  | { readonly kind: 'loosen'; readonly reason: string }
  | Requirement;

const KEY = Symbol('portcullis:access');

/** Adds a declaration to a class. Decorators run from the last to the first; they are kept as written. */
export function declareOnClass(target: object, declaration: AccessDeclaration): void {
  Reflect.defineMetadata(KEY, [declaration, ...own(target)], target);
}

/**
 * Adds a declaration to a method: by its name, so that a decorator which later wraps the function
 * cannot drop it, and on the function, so that a wrapper which copies metadata keeps it.
 */
export function declareOnMethod(
  prototype: object,
  key: string | symbol,
  handler: object,
  declaration: AccessDeclaration,
): void {
  Reflect.defineMetadata(KEY, [declaration, ...own(prototype, key)], prototype, key);
  Reflect.defineMetadata(KEY, [declaration, ...own(handler)], handler);
}

/** Everything declared on a class and on the classes it extends: a subclass opens nothing by silence. */
export function declarationsOfClass(controller: object): readonly AccessDeclaration[] {
  return chain(controller).flatMap((target) => own(target));
}

/** Everything declared on a method and on the methods it overrides. */
export function declarationsOfMethod(
  controller: object,
  handler: object,
  names: Iterable<string | symbol> = methodNamesOf(controller, handler),
): readonly AccessDeclaration[] {
  const prototypes = prototypesOf(controller);
  const byName = [...names].flatMap((name) =>
    prototypes.flatMap((prototype) => own(prototype, name)),
  );
  return [...new Set([...byName, ...own(handler)])];
}

/**
 * The names under which a class has this very function. The name of the function itself says nothing: a
 * wrapper may carry that of another method, or none.
 */
export function methodNamesOf(controller: object, handler: object): ReadonlySet<string | symbol> {
  const names = prototypesOf(controller).flatMap((prototype) =>
    Reflect.ownKeys(prototype).filter(
      (key) => Object.getOwnPropertyDescriptor(prototype, key)?.value === handler,
    ),
  );
  return new Set(names);
}

function prototypesOf(controller: object): readonly object[] {
  return chain((controller as { prototype?: object }).prototype);
}

function own(target: object, key?: string | symbol): readonly AccessDeclaration[] {
  const found: unknown =
    key === undefined
      ? Reflect.getOwnMetadata(KEY, target)
      : Reflect.getOwnMetadata(KEY, target, key);
  return (found as readonly AccessDeclaration[] | undefined) ?? [];
}

/** An object and its prototypes, without those that everything has. */
function chain(start: object | null | undefined): object[] {
  const found: object[] = [];
  for (
    let target = start;
    target != null;
    target = Object.getPrototypeOf(target) as object | null
  ) {
    if (target === Object.prototype || target === Function.prototype) break;
    found.push(target);
  }
  return found;
}
