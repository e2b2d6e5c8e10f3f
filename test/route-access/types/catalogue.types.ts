import type { PermissionOf, RoleOf } from '../../../src/route-access/access-catalogue';
import {
  FourEyes,
  LoosenAccess,
  Policy,
  Public,
  RequireAnyPermission,
  RequirePermissions,
  Roles,
  StepUp,
} from '../../../src/route-access/access.decorators';
import { defineAccess } from '../../../src/route-access/define-access';
import type { AccessPolicy, CreatorLookup, PolicyAnswer } from '../../../src/route-access/policy';

/** What the compiler accepts and refuses; `tsc` is the test. */
export const access = defineAccess({
  permissions: { invoices: ['read', 'approve'], reports: ['read'] },
  roles: {
    viewer: { grants: ['invoices:read'] },
    clerk: { inherits: ['viewer'] },
    approver: { inherits: ['viewer'], grants: ['invoices:*', 'auth.users:read', 'auth.audit:*'] },
    owner: { inherits: ['administrator'], grants: ['*', 'auth.*'] },
    administrator: { grants: ['*'] },
  },
  separate: [['clerk', 'approver']],
  separateInSession: [['viewer', 'owner', 'administrator']],
});

export const permission: PermissionOf<typeof access> = 'invoices:approve';
export const ofTheLibrary: PermissionOf<typeof access> = 'auth.assignments:any';
export const role: RoleOf<typeof access> = 'clerk';
export const reserved: RoleOf<typeof access> = 'administrator';

// @ts-expect-error an action of another resource
export const crossed: PermissionOf<typeof access> = 'reports:approve';
// @ts-expect-error a wildcard is no permission
export const wildcard: PermissionOf<typeof access> = 'invoices:*';
// @ts-expect-error an unknown role
export const nobody: RoleOf<typeof access> = 'nobody';

defineAccess({
  permissions: { invoices: ['read'] },
  // @ts-expect-error a misspelt permission
  roles: { viewer: { grants: ['invoices:reed'] } },
});
defineAccess({
  permissions: { invoices: ['read'] },
  // @ts-expect-error a wildcard of an unknown resource
  roles: { viewer: { grants: ['invoice:*'] } },
});
defineAccess({
  permissions: { invoices: ['read'] },
  // @ts-expect-error a wildcard of resources
  roles: { viewer: { grants: ['*:read'] } },
});
defineAccess({
  permissions: { invoices: ['read'] },
  // @ts-expect-error an unknown parent
  roles: { viewer: { grants: ['*'] }, clerk: { inherits: ['vewer'] } },
});
defineAccess({
  permissions: { invoices: ['read'] },
  // @ts-expect-error a role without grants
  roles: { viewer: {} },
});
defineAccess({
  permissions: { invoices: ['read'] },
  // @ts-expect-error a role with empty grants
  roles: { viewer: { grants: [] } },
});
defineAccess({
  permissions: { invoices: ['read'] },
  roles: { viewer: { grants: ['*'] }, clerk: { grants: ['*'] } },
  // @ts-expect-error an unknown role kept apart
  separate: [['viewer', 'approver']],
});
defineAccess({
  permissions: { invoices: ['read'] },
  roles: { viewer: { grants: ['*'] } },
  // @ts-expect-error one role kept apart from nothing
  separate: [['viewer']],
});

defineAccess({
  permissions: { invoices: ['read'] },
  roles: { viewer: { grants: ['*'] }, clerk: { grants: ['*'] } },
  // @ts-expect-error an unknown role kept apart in sessions
  separateInSession: [['viewer', 'approver']],
});
defineAccess({
  permissions: { invoices: ['read'] },
  roles: { viewer: { grants: ['*'] } },
  // @ts-expect-error one role kept apart from nothing in sessions
  separateInSession: [['viewer']],
});

type Name = PermissionOf<typeof access>;

abstract class Ownership implements AccessPolicy {
  abstract check(): Promise<PolicyAnswer>;
}
class Owners implements CreatorLookup {
  constructor(readonly table: string) {}
  creatorOf(): string | null {
    return null;
  }
}

@RequireAnyPermission<Name>('invoices:read', 'auth.users:read')
@Policy(Ownership)
@FourEyes(Owners)
@StepUp({ maxAge: 300 })
export class Controller {
  @RequireAnyPermission<Name>('invoices:read')
  @Policy(Ownership)
  @FourEyes(Owners)
  @StepUp({ maxAge: 300, amr: ['otp'] })
  @StepUp({ amr: ['pwd', 'otp'] })
  @RequirePermissions<Name>('invoices:read', 'reports:read')
  @Roles<RoleOf<typeof access>>('viewer', 'administrator')
  @Public({ reason: 'accepted' })
  @LoosenAccess({ reason: 'accepted' })
  accepted(): void {}

  // @ts-expect-error a misspelt permission
  @RequirePermissions<Name>('invoices:reed')
  // @ts-expect-error no permission
  @RequirePermissions()
  // @ts-expect-error no role
  @Roles()
  // @ts-expect-error an unknown role
  @Roles<RoleOf<typeof access>>('nobody')
  // @ts-expect-error no reason
  @LoosenAccess({})
  // @ts-expect-error a misspelt permission among any
  @RequireAnyPermission<Name>('invoices:read', 'invoices:reed')
  // @ts-expect-error no permission of any
  @RequireAnyPermission()
  // @ts-expect-error a wildcard
  @RequirePermissions<Name>('invoices:*')
  // @ts-expect-error a wildcard among any
  @RequireAnyPermission<Name>('invoices:*')
  // @ts-expect-error the wildcard of the library
  @RequirePermissions<Name>('auth.*')
  // @ts-expect-error a policy that is an instance
  @Policy(new Owners(''))
  // @ts-expect-error a class that is no policy
  @Policy(Owners)
  // @ts-expect-error a function
  @Policy(() => true)
  // @ts-expect-error a policy as a lookup
  @FourEyes(Ownership)
  // @ts-expect-error a step-up that asks for nothing
  @StepUp({})
  // @ts-expect-error no list of methods
  @StepUp({ amr: 'otp' })
  // @ts-expect-error an empty list of methods
  @StepUp({ amr: [] })
  // @ts-expect-error an age in words
  @StepUp({ maxAge: '5m' })
  refused(): void {}
}

// @ts-expect-error a class has nothing to loosen
@LoosenAccess({ reason: 'refused' })
export class Loosened {}

class Vague {
  check(): string {
    return 'allow';
  }
}
export class VagueController {
  // @ts-expect-error an answer that is none
  @Policy(Vague)
  refused(): void {}
}
