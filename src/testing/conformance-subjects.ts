import type { Type } from '@nestjs/common';
import {
  Authenticated,
  LoosenAccess,
  Public,
  RequireAnyPermission,
  RequirePermissions,
  Roles,
} from '../route-access/access.decorators';
import { defineAccess } from '../route-access/define-access';
import type { PrincipalWishes } from './test-principal';

/** The catalogue that hosts of the conformance suite start with. */
export const conformanceAccess = defineAccess({
  permissions: { documents: ['read', 'write'] },
  roles: {
    reader: { grants: ['documents:read'] },
    writer: { grants: ['documents:write'] },
    lead: { inherits: ['reader', 'writer'] },
  },
});

/** Everybody who calls every handler. */
export const PERSONAS = {
  stranger: undefined,
  nobody: {},
  reads: { permissions: ['documents:read'] },
  reader: { roles: ['reader'] },
  writer: { roles: ['writer'] },
  both: { roles: ['reader', 'writer'] },
  lead: { roles: ['lead'] },
} as const satisfies Record<string, PrincipalWishes | undefined>;

export type Persona = keyof typeof PERSONAS;

type Decorator = ClassDecorator & MethodDecorator;

/** A composition of declarations. */
export interface Composition {
  readonly title: string;
  readonly ofClass: readonly ClassDecorator[];
  readonly ofMethod: readonly MethodDecorator[];
}

/** One that the application starts with, and whom it admits. */
export interface SoundComposition extends Composition {
  readonly admits: readonly Persona[];
}

const EVERYBODY: readonly Persona[] = Object.keys(PERSONAS) as Persona[];
const SIGNED_IN = EVERYBODY.filter((persona) => persona !== 'stranger');
const READERS: readonly Persona[] = ['reader', 'both', 'lead'];
const WRITERS: readonly Persona[] = ['writer', 'both', 'lead'];
const WHO_READS: readonly Persona[] = ['reads', ...READERS];
const BOTH: readonly Persona[] = ['both', 'lead'];
const ANY: readonly Persona[] = SIGNED_IN.filter((persona) => persona !== 'nobody');

const because = { reason: 'the suite looks at it' };
const blank = { reason: ' ' };
const none: readonly Decorator[] = [];
const reader = Roles<string>('reader');
const writer = Roles<string>('writer');
const reads = RequirePermissions<string>('documents:read');
const writes = RequirePermissions<string>('documents:write');
const either = RequireAnyPermission<string>('documents:read', 'documents:write');

type Row = readonly [
  title: string,
  ofClass: readonly ClassDecorator[],
  ofMethod: readonly MethodDecorator[],
];

/** Compositions that guard what they say, each beside its mirror image. */
export const SOUND: readonly SoundComposition[] = (
  [
    ['roles on a class guard a method that says nothing', [reader], none, READERS],
    ['roles on a method guard it in a class that says nothing', none, [reader], READERS],
    ['permissions on a class guard a method that says nothing', [reads], none, WHO_READS],
    ['permissions on a method guard it in a class that says nothing', none, [reads], WHO_READS],
    ['roles on a class and permissions on a method must both hold', [reader], [writes], BOTH],
    ['permissions on a class and roles on a method must both hold', [writes], [reader], BOTH],
    ['other roles on a method do not replace those of its class', [reader], [writer], BOTH],
    ['other roles on a class do not replace those of its method', [writer], [reader], BOTH],
    ['permissions on a method add to those of its class', [reads], [writes], BOTH],
    ['permissions on a class add to those of its method', [writes], [reads], BOTH],
    ['any of two permissions admits the holder of either', none, [either], ANY],
    [
      'any of two permissions on a class takes nothing from its method',
      [either],
      [writes],
      WRITERS,
    ],
    [
      'any of two permissions on a method takes nothing from its class',
      [writes],
      [either],
      WRITERS,
    ],
    [
      'signing in on a class opens no method that asks for more',
      [Authenticated()],
      [writes],
      WRITERS,
    ],
    [
      'signing in on a method opens nothing that its class closes',
      [writes],
      [Authenticated()],
      WRITERS,
    ],
    ['signing in alone admits every account', none, [Authenticated()], SIGNED_IN],
    ['a public class is open', [Public()], none, EVERYBODY],
    ['a public method in a class that says nothing is open', none, [Public()], EVERYBODY],
    ['a public method with a reason is open under roles', [reader], [Public(because)], EVERYBODY],
    [
      'a public method with a reason is open under permissions',
      [writes],
      [Public(because)],
      EVERYBODY,
    ],
    [
      'a loosened method asks for its own permissions only',
      [reader],
      [LoosenAccess(because), writes],
      WRITERS,
    ],
    [
      'a loosened method asks for its own roles only',
      [writes],
      [LoosenAccess(because), reader],
      READERS,
    ],
    [
      'a loosened method without its own asks to sign in',
      [reader],
      [LoosenAccess(because)],
      SIGNED_IN,
    ],
    ['two rules on a method must both hold', none, [reader, writes], BOTH],
    ['two rules on a class must both hold', [reader, writes], none, BOTH],
  ] satisfies (readonly [...Row, readonly Persona[]])[]
).map(([title, ofClass, ofMethod, admits]) => ({ title, ofClass, ofMethod, admits }));

const noRoles = (Roles as unknown as () => Decorator)();
const noPermissions = (RequirePermissions as unknown as () => Decorator)();
const noneOfAny = (RequireAnyPermission as unknown as () => Decorator)();
const unknownRole = Roles<string>('raeder');
const unknownPermission = RequirePermissions<string>('documents:raed');
const wildcard = RequirePermissions<string>('documents:*');

/** Compositions that must not start, because nobody can say what they mean. */
export const UNSOUND: readonly Composition[] = (
  [
    ['nothing declared at all', none, none],
    ['an empty list of roles on a class', [noRoles], none],
    ['an empty list of roles on a method', none, [noRoles]],
    ['an empty list of roles on a method under roles', [reader], [noRoles]],
    ['an empty list of permissions on a class', [noPermissions], none],
    ['an empty list of permissions on a method', none, [noPermissions]],
    ['an empty list of any permission on a class', [noneOfAny], none],
    ['an empty list of any permission on a method', none, [noneOfAny]],
    ['a public class with roles on a method', [Public()], [reader]],
    ['a public class with permissions on a method', [Public(because)], [writes]],
    ['a public class with signing in on a method', [Public(because)], [Authenticated()]],
    ['a public method under roles, without a reason', [reader], [Public()]],
    ['a public method under permissions, without a reason', [writes], [Public()]],
    ['a public method with a blank reason', [reader], [Public(blank)]],
    ['a method that is public and asks for roles', none, [Public(because), reader]],
    ['a class that is public and asks for permissions', [Public(because), writes], none],
    ['a loosened method with a blank reason', [reader], [LoosenAccess(blank)]],
    ['a loosened method whose class asks for nothing', none, [LoosenAccess(because)]],
    ['a method that is loosened and public', [reader], [LoosenAccess(because), Public(because)]],
    ['an unknown role on a class', [unknownRole], none],
    ['an unknown role on a method', [reader], [unknownRole]],
    ['an unknown permission on a class', [unknownPermission], none],
    ['an unknown permission on a method', [reads], [unknownPermission]],
    ['a wildcard as a permission', none, [wildcard]],
  ] satisfies Row[]
).map(([title, ofClass, ofMethod]) => ({ title, ofClass, ofMethod }));

/** A class for a host to serve, with one handler. */
export interface ConformanceSubject {
  /** A new class without a transport: the host makes it a controller, a resolver or a gateway. */
  readonly type: Type;
  /** The method to serve. Of all subjects no two have the same. It takes no arguments. */
  readonly handler: string;
}

/** The class of a composition; every call makes another. */
export function subjectOf({ ofClass, ofMethod }: Composition, handler: string): ConformanceSubject {
  const name = `Subject_${handler}`;
  // Errors of the boot name the class.
  const type = { [name]: class {} }[name] as Type;
  const prototype = type.prototype as object;
  Object.defineProperty(prototype, handler, {
    configurable: true,
    writable: true,
    value: { [handler]: () => 'reached' }[handler],
  });
  Reflect.decorate([...ofMethod], prototype, handler, descriptorOf(type, handler));
  if (ofClass.length > 0) Reflect.decorate([...ofClass], type);
  return { type, handler };
}

/** Decorates the handler of a subject, as a host does with `@Get()` or `@MessagePattern()`. */
export function decorateHandler(
  { type, handler }: ConformanceSubject,
  ...decorators: readonly MethodDecorator[]
): void {
  const prototype = type.prototype as object;
  Reflect.decorate([...decorators], prototype, handler, descriptorOf(type, handler));
}

function descriptorOf(type: Type, handler: string): PropertyDescriptor {
  return Object.getOwnPropertyDescriptor(type.prototype, handler) ?? {};
}
