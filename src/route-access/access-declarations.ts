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
): readonly AccessDeclaration[] {
  const prototypes = chain((controller as { prototype?: object }).prototype);
  const key = nameOf(prototypes, handler);
  const byName = key === undefined ? [] : prototypes.flatMap((prototype) => own(prototype, key));
  return [...new Set([...byName, ...own(handler)])];
}

/** The method that a handler is, even where an instrumentation wrapped it under its own name. */
function nameOf(prototypes: readonly object[], handler: object): string | symbol | undefined {
  for (const prototype of prototypes) {
    for (const key of Reflect.ownKeys(prototype)) {
      if (Object.getOwnPropertyDescriptor(prototype, key)?.value === handler) return key;
    }
  }
  const { name } = handler as { name?: unknown };
  const isMethod =
    typeof name === 'string' && prototypes.some((prototype) => Object.hasOwn(prototype, name));
  return isMethod ? name : undefined;
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
