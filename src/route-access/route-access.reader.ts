import type { AccessCatalogue } from './access-catalogue';
import {
  declarationsOfClass,
  declarationsOfMethod,
  methodNamesOf,
  type AccessDeclaration,
} from './access-declarations';
import { composeAccess, refuse } from './compose-access';
import type { AccessProblem, Requirement, RouteAccess } from './route-access';

/** An undecorated controller of somebody else, and what it takes to use it. @publicApi */
export interface ThirdPartyController {
  /** The class, or its name where the class cannot be imported. */
  readonly controller: string | (abstract new (...args: never[]) => object);
  readonly access: 'public' | 'authenticated';
  /** Why that is right; it is shown wherever access is listed. */
  readonly reason: string;
}

/** What holds for every route, beside its decorators. */
export interface RouteAccessPolicy {
  /** What decorators may name. */
  readonly access: AccessCatalogue;
  readonly unannotated?: 'refuse' | 'authenticated';
  readonly thirdParty?: readonly ThirdPartyController[];
}

/**
 * Reads what it takes to use a handler: global ∧ class ∧ method. Guards, the check at boot and every
 * listing ask here and nowhere else, so that what is printed is what is enforced.
 */
export class RouteAccessReader {
  readonly #byController = new WeakMap<object, WeakMap<object, RouteAccess>>();
  readonly #adopted = new WeakMap<object, WeakMap<object, Set<string>>>();
  readonly #permissions: ReadonlySet<string>;

  constructor(private readonly policy: RouteAccessPolicy) {
    this.#permissions = new Set(policy.access.permissions);
  }

  /** Reads once per class and handler; a handler that two classes inherit has two answers. */
  read(controller: object, handler: object): RouteAccess {
    let byHandler = this.#byController.get(controller);
    if (byHandler === undefined) this.#byController.set(controller, (byHandler = new WeakMap()));
    let access = byHandler.get(handler);
    if (access === undefined) {
      access = Object.freeze(this.#read(controller, handler));
      byHandler.set(handler, access);
    }
    return access;
  }

  /** What the class alone declares, for what has no method: that a socket may be opened. */
  readClass(controller: object): RouteAccess {
    return Object.freeze(this.#compose(controller, []));
  }

  /**
   * Makes known that an instance answers under the name of a method by a function of its own, bound or
   * wrapped: the rules of the method are those of the function. Nest hands the function to the guards.
   */
  adopt(controller: object, handler: object, name: string): void {
    const byHandler = this.#adopted.get(controller) ?? new WeakMap<object, Set<string>>();
    byHandler.set(handler, (byHandler.get(handler) ?? new Set()).add(name));
    this.#adopted.set(controller, byHandler);
    this.#byController.get(controller)?.delete(handler);
  }

  #read(controller: object, handler: object): RouteAccess {
    const adopted = this.#adopted.get(controller)?.get(handler) ?? [];
    const names = new Set([...methodNamesOf(controller, handler), ...adopted]);
    // Whose rules would these be? A function that no method is known to be opens nothing.
    const isIdentified = names.size === 1 || this.#thirdParty(controller) !== undefined;
    if (!isIdentified) {
      return refuse([{ code: names.size === 0 ? 'handler_unknown' : 'handler_shared' }]);
    }
    return this.#compose(controller, declarationsOfMethod(controller, handler, names));
  }

  #compose(controller: object, ofMethod: readonly AccessDeclaration[]): RouteAccess {
    const ofClass = declarationsOfClass(controller);
    const undeclared = ofClass.length + ofMethod.length === 0;
    const declaredElsewhere = this.#thirdParty(controller);
    if (declaredElsewhere !== undefined) {
      if (!undeclared) return refuse([{ code: 'declared_twice' }]);
      const { access, reason } = declaredElsewhere;
      return { ...composeAccess([{ kind: access }], []), reason };
    }
    if (undeclared && this.policy.unannotated === 'authenticated') {
      return composeAccess([{ kind: 'authenticated' }], []);
    }
    const access = composeAccess(ofClass, ofMethod);
    const unknown = this.#unknownNames(access);
    return unknown.length > 0 ? refuse(unknown) : access;
  }

  #thirdParty(controller: object): ThirdPartyController | undefined {
    return this.policy.thirdParty?.find((entry) => isDeclaredAs(entry, controller));
  }

  #unknownNames({ requirements }: RouteAccess): AccessProblem[] {
    return requirements.flatMap((requirement) => this.#unknownIn(requirement));
  }

  #unknownIn(requirement: Requirement): AccessProblem[] {
    switch (requirement.kind) {
      case 'roles':
        return requirement.anyOf
          .filter((name) => !Object.hasOwn(this.policy.access.roles, name))
          .map((name) => ({ code: 'unknown_role', name }));
      case 'permissions':
        return this.#unknownPermissions(requirement.allOf);
      case 'any_permission':
        return this.#unknownPermissions(requirement.anyOf);
      case 'step_up':
      case 'policy':
      case 'four_eyes':
        return [];
    }
  }

  #unknownPermissions(names: readonly string[]): AccessProblem[] {
    return names
      .filter((name) => !this.#permissions.has(name))
      .map((name) => ({ code: 'unknown_permission', name }));
  }
}

/** Whether an entry of `thirdParty` means this controller. */
export function isDeclaredAs(entry: ThirdPartyController, controller: object): boolean {
  return typeof entry.controller === 'string'
    ? entry.controller === (controller as { name?: unknown }).name
    : entry.controller === controller;
}
