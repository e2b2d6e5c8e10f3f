import 'reflect-metadata';
import {
  Authenticated,
  FourEyes,
  LoosenAccess,
  Policy,
  Public,
  RequireAnyPermission,
  RequirePermissions,
  Roles,
  StepUp,
} from '../../src/route-access/access.decorators';
import { defineAccess } from '../../src/route-access/define-access';
import type { Requirement } from '../../src/route-access/route-access';
import {
  RouteAccessReader,
  type RouteAccessPolicy,
} from '../../src/route-access/route-access.reader';

const access = defineAccess({
  permissions: { invoices: ['read', 'approve'] },
  roles: { viewer: { grants: ['invoices:read'] }, approver: { grants: ['invoices:approve'] } },
});

type Decorator = ClassDecorator & MethodDecorator;

const viewer = () => Roles<string>('viewer');
const approver = () => Roles<string>('approver');
const approves = () => RequirePermissions<string>('invoices:approve');
const reads = () => RequirePermissions<string>('invoices:read');
const because = { reason: 'the probe cannot sign in' };

const reports = () => RequireAnyPermission<string>('invoices:read', 'invoices:approve');
class OwnInvoice {
  check = () => true;
}
class InvoiceCreator {
  creatorOf = () => null;
}
const owns = () => Policy(OwnInvoice);
const otherEyes = () => FourEyes(InvoiceCreator);
const fresh = () => StepUp({ maxAge: 300 });

const ANY: Requirement = { kind: 'any_permission', anyOf: ['invoices:read', 'invoices:approve'] };
const OWNS: Requirement = { kind: 'policy', policy: OwnInvoice };
const OTHER_EYES: Requirement = { kind: 'four_eyes', creator: InvoiceCreator };
const FRESH: Requirement = { kind: 'step_up', maxAgeSeconds: 300 };
const VIEWER: Requirement = { kind: 'roles', anyOf: ['viewer'] };
const APPROVER: Requirement = { kind: 'roles', anyOf: ['approver'] };
const APPROVES: Requirement = { kind: 'permissions', allOf: ['invoices:approve'] };
const READS: Requirement = { kind: 'permissions', allOf: ['invoices:read'] };

function route(ofClass: Decorator[], ofMethod: MethodDecorator[]) {
  class Controller {
    handle(): void {}
  }
  const { prototype } = Controller;
  const descriptor = Object.getOwnPropertyDescriptor(prototype, 'handle') ?? {};
  for (const decorate of [...ofMethod].reverse()) decorate(prototype, 'handle', descriptor);
  for (const decorate of [...ofClass].reverse()) decorate(Controller);
  return { controller: Controller, handler: prototype.handle };
}

function read(
  ofClass: Decorator[],
  ofMethod: MethodDecorator[],
  policy: Partial<RouteAccessPolicy> = {},
) {
  const { controller, handler } = route(ofClass, ofMethod);
  return new RouteAccessReader({ access, ...policy }).read(controller, handler);
}

describe('the access of a route is global ∧ class ∧ method', () => {
  it.each<[string, Decorator[], MethodDecorator[], Requirement[]]>([
    ['roles × other roles', [viewer()], [approver()], [VIEWER, APPROVER]],
    ['its mirror', [approver()], [viewer()], [APPROVER, VIEWER]],
    ['roles × permissions', [viewer()], [approves()], [VIEWER, APPROVES]],
    ['its mirror', [approves()], [viewer()], [APPROVES, VIEWER]],
    ['permissions × permissions', [reads()], [approves()], [READS, APPROVES]],
    ['its mirror', [approves()], [reads()], [APPROVES, READS]],
    ['any permission × policy', [reports()], [owns()], [ANY, OWNS]],
    ['its mirror', [owns()], [reports()], [OWNS, ANY]],
    ['step-up × four eyes', [fresh()], [otherEyes()], [FRESH, OTHER_EYES]],
    ['its mirror', [otherEyes()], [fresh()], [OTHER_EYES, FRESH]],
    ['policy × nothing', [owns()], [], [OWNS]],
    ['its mirror', [], [owns()], [OWNS]],
    ['loosened, out of a policy', [owns(), fresh()], [LoosenAccess(because), reads()], [READS]],
    ['authenticated × roles', [Authenticated()], [viewer()], [VIEWER]],
    ['its mirror', [viewer()], [Authenticated()], [VIEWER]],
    ['roles × nothing', [viewer()], [], [VIEWER]],
    ['its mirror', [], [viewer()], [VIEWER]],
    ['authenticated × nothing', [Authenticated()], [], []],
    ['its mirror', [], [Authenticated()], []],
    ['two decorators on one method', [], [viewer(), approves()], [VIEWER, APPROVES]],
    ['two decorators on one class', [viewer(), approver()], [], [VIEWER, APPROVER]],
    ['loosened, asking for another', [approver()], [LoosenAccess(because), reads()], [READS]],
    ['loosened, asking for nothing', [approver()], [LoosenAccess(because)], []],
  ])('AZ-1: %s is guarded by all that is declared', (_, ofClass, ofMethod, requirements) => {
    expect(read(ofClass, ofMethod)).toMatchObject({
      kind: 'authenticated',
      requirements,
      problems: [],
    });
  });

  it.each<[string, Decorator[], MethodDecorator[]]>([
    ['public × nothing', [Public()], []],
    ['its mirror', [], [Public()]],
    ['public × public', [Public()], [Public()]],
    ['roles × public with a reason', [viewer()], [Public(because)]],
    ['authenticated × public with a reason', [Authenticated()], [Public(because)]],
  ])('%s is public', (_, ofClass, ofMethod) => {
    expect(read(ofClass, ofMethod)).toMatchObject({ kind: 'public', requirements: [] });
  });

  it.each<[string, Decorator[], MethodDecorator[], string]>([
    ['nothing × nothing', [], [], 'nothing_declared'],
    ['public × roles', [Public()], [viewer()], 'public_class_with_requirement'],
    ['roles × public', [viewer()], [Public()], 'public_without_reason'],
    ['public × permissions', [Public()], [reads()], 'public_class_with_requirement'],
    ['permissions × public', [reads()], [Public()], 'public_without_reason'],
    ['public × authenticated', [Public()], [Authenticated()], 'public_class_with_requirement'],
    ['authenticated × public', [Authenticated()], [Public()], 'public_without_reason'],
    [
      'public with a reason × roles',
      [Public(because)],
      [viewer()],
      'public_class_with_requirement',
    ],
    ['public beside roles on a method', [], [Public(because), viewer()], 'public_with_requirement'],
    ['public beside roles on a class', [viewer(), Public(because)], [], 'public_with_requirement'],
    ['public beside a policy', [], [Public(because), owns()], 'public_with_requirement'],
    ['public beside a step-up', [], [fresh(), Public(because)], 'public_with_requirement'],
    ['public beside four eyes', [otherEyes(), Public(because)], [], 'public_with_requirement'],
    ['public × policy', [Public()], [owns()], 'public_class_with_requirement'],
    ['public × step-up', [Public()], [fresh()], 'public_class_with_requirement'],
    ['public × any permission', [Public()], [reports()], 'public_class_with_requirement'],
    ['policy × public', [owns()], [Public()], 'public_without_reason'],
    ['step-up × public', [fresh()], [Public()], 'public_without_reason'],
    [
      'public beside loosened',
      [viewer()],
      [Public(because), LoosenAccess(because)],
      'public_with_requirement',
    ],
    ['a blank reason', [viewer()], [Public({ reason: ' ' })], 'reason_missing'],
    ['loosening without a reason', [viewer()], [LoosenAccess({ reason: '' })], 'reason_missing'],
    ['loosening nothing', [], [LoosenAccess(because), viewer()], 'loosens_nothing'],
  ])('%s stops the boot', (_, ofClass, ofMethod, code) => {
    const { kind, problems } = read(ofClass, ofMethod);

    expect(kind).toBe('refused');
    expect(problems.map((problem) => problem.code)).toContain(code);
  });

  it('refuses empty lists, which a caller without a compiler can write', () => {
    const roles = Roles as unknown as () => Decorator;
    const permissions = RequirePermissions as unknown as () => Decorator;

    expect(read([], [roles()]).problems).toEqual([{ code: 'empty_list' }]);
    expect(read([permissions()], []).problems).toEqual([{ code: 'empty_list' }]);
    const anyPermission = RequireAnyPermission as unknown as () => Decorator;
    expect(read([], [anyPermission()]).problems).toEqual([{ code: 'empty_list' }]);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['an instance', new OwnInvoice()],
    ['a name', 'OwnInvoice'],
    ['an arrow function', () => true],
  ])('refuses %s where the class of a policy belongs', (_, given) => {
    const decorators = [Policy, FourEyes] as unknown as ((type: unknown) => Decorator)[];

    for (const decorator of decorators) {
      expect(read([], [decorator(given)]).problems).toEqual([{ code: 'policy_not_class' }]);
    }
  });

  it.each<[unknown, string]>([
    [undefined, 'step_up_empty'],
    [{}, 'step_up_empty'],
    [{ maxAge: 0 }, 'step_up_impossible'],
    [{ maxAge: -1 }, 'step_up_impossible'],
    [{ maxAge: 1.5 }, 'step_up_impossible'],
    [{ maxAge: Number.NaN }, 'step_up_impossible'],
    [{ maxAge: Number.POSITIVE_INFINITY }, 'step_up_impossible'],
    [{ maxAge: '300' }, 'step_up_impossible'],
    [{ maxAge: null }, 'step_up_impossible'],
    [{ maxAge: 300, amr: [] }, 'step_up_impossible'],
    [{ amr: 'otp' }, 'step_up_impossible'],
    [{ amr: [''] }, 'step_up_impossible'],
    [{ amr: ['otp', 7] }, 'step_up_impossible'],
    [{ amr: ['otp", max_age="0'] }, 'step_up_impossible'],
    [{ amr: ['otp\r\nx: y'] }, 'step_up_impossible'],
  ])('refuses the step-up %j', (options, code) => {
    const stepUp = StepUp as unknown as (options: unknown) => Decorator;

    expect(read([], [stepUp(options)]).problems).toEqual([{ code }]);
  });

  it.each([
    'invoices:reed',
    'invoices:*',
    'INVOICES:read',
    'invoices:read ',
    'auth.*',
    '*',
    'constructor',
  ])('AZ-11: refuses the unknown permission %s', (name) => {
    for (const decorator of [RequirePermissions<string>, RequireAnyPermission<string>]) {
      expect(read([], [decorator('invoices:read', name)]).problems).toEqual([
        { code: 'unknown_permission', name },
      ]);
    }
  });

  it('refuses unknown roles, also such as every object seems to have', () => {
    expect(read([], [Roles<string>('viewer', 'toString')]).problems).toEqual([
      { code: 'unknown_role', name: 'toString' },
    ]);
  });

  it('gives undecorated routes to signed-in accounts only where the options say so', () => {
    expect(read([], [], { unannotated: 'authenticated' }).kind).toBe('authenticated');
    expect(read([], [], { unannotated: 'refuse' }).kind).toBe('refused');
    expect(read([Public()], [viewer()], { unannotated: 'authenticated' }).kind).toBe('refused');
  });

  it.each(['public', 'authenticated'] as const)('takes a third party to be %s', (kind) => {
    const { controller, handler } = route([], []);
    const byClass = { controller, access: kind, reason: 'metrics' };
    const byName = { ...byClass, controller: 'Controller' };

    for (const entry of [byClass, byName]) {
      const reader = new RouteAccessReader({ access, thirdParty: [entry] });
      expect(reader.read(controller, handler)).toMatchObject({ kind, reason: 'metrics' });
    }
  });

  it('refuses a third party that carries decorators of ours', () => {
    const { controller, handler } = route([], [viewer()]);
    const thirdParty = [{ controller, access: 'public' as const, reason: 'metrics' }];

    expect(
      new RouteAccessReader({ access, thirdParty }).read(controller, handler).problems,
    ).toEqual([{ code: 'declared_twice' }]);
  });
});

describe('what is declared cannot get lost', () => {
  it('adds the requirements of a base class to those of the class', () => {
    @Roles<string>('approver')
    class Base {
      handle(): void {}
    }
    class Extended extends Base {}
    @Roles<string>('viewer')
    class Narrowed extends Base {}
    @Public({ reason: 'an attempt' })
    class Opened extends Base {}
    const reader = new RouteAccessReader({ access });

    expect(reader.read(Extended, Extended.prototype.handle).requirements).toEqual([APPROVER]);
    expect(reader.read(Narrowed, Narrowed.prototype.handle).requirements).toEqual([
      VIEWER,
      APPROVER,
    ]);
    expect(reader.read(Opened, Opened.prototype.handle).kind).toBe('refused');
  });

  it('keeps the requirement of a method that a subclass overrides', () => {
    class Base {
      @Roles<string>('approver')
      handle(): void {}
    }
    @Authenticated()
    class Extended extends Base {
      override handle(): void {}
    }

    expect(
      new RouteAccessReader({ access }).read(Extended, Extended.prototype.handle).requirements,
    ).toEqual([APPROVER]);
  });

  it('keeps a requirement when a decorator above it replaces the function', () => {
    const wrap: MethodDecorator = (_target, _key, descriptor) => {
      const inner = descriptor.value as () => unknown;
      return { ...descriptor, value: (() => inner()) as never };
    };
    @Authenticated()
    class Controller {
      @wrap
      @Roles<string>('approver')
      handle(): void {}
    }

    expect(
      new RouteAccessReader({ access }).read(Controller, Controller.prototype.handle).requirements,
    ).toEqual([APPROVER]);
  });

  it('reads once per class and handler, and answers for each class that inherits a handler', () => {
    class Base {
      handle(): void {}
    }
    @Roles<string>('viewer')
    class One extends Base {}
    @Roles<string>('approver')
    class Two extends Base {}
    const reader = new RouteAccessReader({ access });
    const { handle } = Base.prototype;

    expect(reader.read(One, handle)).toBe(reader.read(One, handle));
    expect(reader.read(One, handle).requirements).toEqual([VIEWER]);
    expect(reader.read(Two, handle).requirements).toEqual([APPROVER]);
  });

  it.each<[string, (decorate: Decorator) => void]>([
    [
      'a property',
      (decorate) => {
        class Controller {
          declare handle: () => void;
        }
        decorate(Controller.prototype, 'handle', undefined as never);
      },
    ],
    [
      'an accessor',
      (decorate) => {
        class Controller {
          get handle(): () => void {
            return () => undefined;
          }
        }
        const { prototype } = Controller;
        decorate(prototype, 'handle', Object.getOwnPropertyDescriptor(prototype, 'handle') ?? {});
      },
    ],
    [
      'a static method',
      (decorate) => {
        class Controller {
          static handle(): void {}
        }
        decorate(Controller, 'handle', Object.getOwnPropertyDescriptor(Controller, 'handle') ?? {});
      },
    ],
    [
      'a parameter of a method',
      (decorate) => {
        class Controller {
          handle(): void {}
        }
        decorate(Controller.prototype, 'handle', 0 as never);
      },
    ],
    [
      'a parameter of a constructor',
      (decorate) => {
        class Controller {}
        decorate(Controller, undefined as never, 0 as never);
      },
    ],
  ])('refuses to decorate %s, and says where', (_, use) => {
    for (const decorate of [Authenticated(), owns(), LoosenAccess(because) as Decorator]) {
      expect(() => use(decorate)).toThrow(TypeError);
      expect(() => use(decorate)).toThrow('Controller');
    }
  });

  it('refuses to loosen a class, and says which', () => {
    class Controller {}

    expect(() => (LoosenAccess(because) as unknown as ClassDecorator)(Controller)).toThrow(
      new TypeError(
        '@LoosenAccess() stands on Controller, but only a method has a class to loosen',
      ),
    );
  });
});
