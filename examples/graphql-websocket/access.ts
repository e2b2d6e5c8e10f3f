import { defineAccess, RequirePermissions, type PermissionOf } from '@portcullis/nest';

/** What exists to be allowed with orders, and who is allowed it. */
export const access = defineAccess({
  permissions: { orders: ['read', 'place', 'trace'] },
  roles: {
    viewer: { grants: ['orders:read'] },
    clerk: { inherits: ['viewer'], grants: ['orders:place'] },
    auditor: { inherits: ['viewer'], grants: ['orders:trace'] },
  },
});

/*
 * An application of its own writes `declare module '@portcullis/nest' { interface Register … }` here
 * and needs nothing below. There is one such registration per compilation, and in this repository the
 * reference server has made it; so the example gives its names to the decorator by a type argument.
 */
export type OrderPermission = PermissionOf<typeof access>;

/** `@RequirePermissions` that knows the catalogue of orders. */
export const RequireOrderPermissions = RequirePermissions<OrderPermission>;
