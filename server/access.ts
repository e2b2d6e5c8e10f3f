import { defineAccess } from '@portcullis/nest';

/** What exists to be allowed in this API, and who is allowed it. */
export const access = defineAccess({
  permissions: { invoices: ['read', 'create', 'approve'], reports: ['read'] },
  roles: {
    viewer: { grants: ['invoices:read'] },
    clerk: { inherits: ['viewer'], grants: ['invoices:create'] },
    approver: { inherits: ['viewer'], grants: ['invoices:approve', 'reports:*'] },
    manager: { inherits: ['viewer'], grants: ['reports:*'] },
    administrator: { grants: ['*'] },
  },
  // Whoever writes invoices may not approve them, not even those of others.
  separate: [['clerk', 'approver']],
});

declare module '@portcullis/nest' {
  interface Register {
    access: typeof access;
  }
}
