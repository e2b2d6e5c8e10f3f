import { declareOnClass, declareOnMethod, type AccessDeclaration } from './access-declarations';
import type { NonEmpty } from './access-catalogue';
import { describeClassAccess, describeMethodAccess } from './openapi-access';
import type { CreatorClass, PolicyClass } from './policy';
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

/** What {@link StepUp} asks for: a recent authentication, certain methods of it, or both. @publicApi */
export type StepUpOptions = {
  /** Seconds since the last authentication by a person, at most; whole, from 1. */
  readonly maxAge?: number;
  /** Methods of authentication (RFC 8176), for example `['otp']`, all of which must have been used. */
  readonly amr?: NonEmpty<string>;
} & ({ readonly maxAge: number } | { readonly amr: NonEmpty<string> });

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
 * The account must have one of the permissions. On a class and on its method, both lists must be met.
 *
 * @publicApi
 */
export function RequireAnyPermission<Name extends string = Permission>(
  ...anyOf: readonly [NoInfer<Name>, ...NoInfer<Name>[]]
): AccessDecorator {
  return declare({ kind: 'any_permission', anyOf: Object.freeze([...anyOf]) });
}

/**
 * The policy must answer `true` about the resource that the request names. Policies are asked after
 * roles, permissions and step-up held: those of the class first, each in the order they are written.
 *
 * @example
 * \@Policy(OwnInvoice) @Put(':id')
 *
 * @publicApi
 */
export function Policy(policy: PolicyClass): AccessDecorator {
  return declare({ kind: 'policy', policy });
}

/**
 * Whoever created the resource may not also use this route (dual control). It is asked like a policy.
 *
 * @example
 * \@RequirePermissions('invoices:approve') @FourEyes(InvoiceCreator) @Post(':id/approve')
 *
 * @publicApi
 */
export function FourEyes(creator: CreatorClass): AccessDecorator {
  return declare({ kind: 'four_eyes', creator });
}

/**
 * The person must have authenticated a short while ago, in certain ways, or both. Otherwise the answer
 * is `step_up_required` with the challenge of RFC 9470.
 *
 * @example
 * \@StepUp({ maxAge: 300, amr: ['otp'] }) @Delete(':id')
 *
 * @publicApi
 */
export function StepUp(options: StepUpOptions): AccessDecorator {
  // Without a compiler, nothing may stand here; the check at boot says so.
  const { maxAge, amr } = (options as StepUpOptions | undefined) ?? ({} as Partial<StepUpOptions>);
  return declare({
    kind: 'step_up',
    ...(maxAge === undefined ? {} : { maxAgeSeconds: maxAge }),
    ...(amr === undefined ? {} : { amr: copied(amr) }),
  });
}

/**
 * The method asks only for what stands on itself, and not for what its class requires: neither roles
 * and permissions nor step-up and policies. It still needs a signed-in account.
 *
 * @publicApi
 */
export function LoosenAccess({ reason }: Reason): MethodDecorator {
  return declare({ kind: 'loosen', reason });
}

function declare(given: AccessDeclaration): AccessDecorator {
  const declaration = Object.freeze(given);
  return (target: object, key?: string | symbol, descriptor?: unknown): void => {
    if (key === undefined && descriptor === undefined) {
      if (declaration.kind === 'loosen') {
        throw new TypeError(
          `@LoosenAccess() stands on ${nameOf(target)}, but only a method has a class to loosen`,
        );
      }
      declareOnClass(target, declaration);
      describeClassAccess(target as { prototype: object }, declaration);
      return;
    }
    const handler = handlerOf(target, key, descriptor);
    declareOnMethod(target, key ?? '', handler, declaration);
    describeMethodAccess(handler, declaration);
  };
}

/** A handler is a method of instances. Anything else would be decorated without any effect. */
function handlerOf(target: object, key: string | symbol | undefined, descriptor: unknown): object {
  const value: unknown =
    typeof descriptor === 'object' && descriptor !== null && 'value' in descriptor
      ? descriptor.value
      : undefined;
  if (typeof value === 'function' && typeof target === 'object') return value;
  const where = [nameOf(target), key].filter((part) => part !== undefined).map(String);
  throw new TypeError(
    `Access is declared on a class or a method, and ${where.join('.')} is a property, an accessor, ` +
      'a static member or a parameter',
  );
}

function nameOf(target: object): string {
  return typeof target === 'function' ? target.name : target.constructor.name;
}

/** Freezes a list; what is none is kept, for the check at boot to name it. */
function copied(names: readonly string[]): readonly string[] {
  return Array.isArray(names) ? Object.freeze([...(names as readonly string[])]) : names;
}
