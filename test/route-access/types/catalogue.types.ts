import type { PermissionOf, RoleOf } from '../../../src/route-access/access-catalogue';
import {
  LoosenAccess,
  Public,
  RequirePermissions,
  Roles,
} from '../../../src/route-access/access.decorators';
import { defineAccess } from '../../../src/route-access/define-access';

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

type Name = PermissionOf<typeof access>;

export class Controller {
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
  refused(): void {}
}
