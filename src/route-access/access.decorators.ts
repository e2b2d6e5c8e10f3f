import { declareOnClass, declareOnMethod, type AccessDeclaration } from './access-declarations';
import { describeClassAccess, describeMethodAccess } from './openapi-access';
import type { Permission, RoleName } from './register';

type AccessDecorator = ClassDecorator & MethodDecorator;

/** Why something is open. @publicApi */
export interface Reason {
  /** For whoever reviews the access of the routes. */
  readonly reason: string;
}

/**
 * Anybody may use the route: the guards neither look at credentials nor touch the database.
 *
 * On a method of a class that requires something it needs a reason; on a class, no method may require
 * anything. Otherwise the application does not start.
 *
 * @example
 * \@Public({ reason: 'the payment provider cannot sign in' }) @Post('webhook')
 *
 * @publicApi
 */
export function Public(options?: Reason): AccessDecorator {
  return declare(
    options === undefined ? { kind: 'public' } : { kind: 'public', reason: options.reason },
  );
}

/** Any signed-in account may use the route. @publicApi */
export function Authenticated(): AccessDecorator {
  return declare({ kind: 'authenticated' });
}

/**
 * The account must hold one of the roles, inherited ones included. On a class and on its method, both
 * lists must be met.
 *
 * @publicApi
 */
export function Roles<Role extends string = RoleName>(
  ...anyOf: readonly [NoInfer<Role>, ...NoInfer<Role>[]]
): AccessDecorator {
  return declare({ kind: 'roles', anyOf: Object.freeze([...anyOf]) });
}

/**
 * The account must have all of the permissions. On a class and on its method, they add up.
 *
 * @example
 * \@RequirePermissions('invoices:approve') @Post(':id/approve')
 *
 * @publicApi
 */
export function RequirePermissions<Name extends string = Permission>(
  ...allOf: readonly [NoInfer<Name>, ...NoInfer<Name>[]]
): AccessDecorator {
  return declare({ kind: 'permissions', allOf: Object.freeze([...allOf]) });
}

/**
 * The method asks only for what stands on itself, and not for what its class requires. It still needs
 * a signed-in account.
 *
 * @publicApi
 */
export function LoosenAccess({ reason }: Reason): MethodDecorator {
  return declare({ kind: 'loosen', reason });
}

function declare(given: AccessDeclaration): AccessDecorator {
  const declaration = Object.freeze(given);
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor): void => {
    if (key === undefined) {
      declareOnClass(target, declaration);
      describeClassAccess(target as { prototype: object }, declaration);
      return;
    }
    const handler: unknown = descriptor?.value;
    if (typeof handler !== 'function') {
      throw new TypeError(`Access can only be declared on a class or a method: ${String(key)}`);
    }
    declareOnMethod(target, key, handler, declaration);
    describeMethodAccess(handler, declaration);
  };
}
