// The permissions and roles of the server. Written by "portcullis access:types"; commit it.
import type {} from '@portcullis/client';

declare module '@portcullis/client' {
  interface Register {
    permission:
      | 'auth.access:explain'
      | 'auth.access:routes'
      | 'auth.assignments:any'
      | 'auth.assignments:create'
      | 'auth.assignments:delete'
      | 'auth.assignments:read'
      | 'auth.audit:read'
      | 'auth.keys:read'
      | 'auth.keys:revoke'
      | 'auth.keys:rotate'
      | 'auth.permissions:read'
      | 'auth.roles:create'
      | 'auth.roles:delete'
      | 'auth.roles:read'
      | 'auth.roles:update'
      | 'auth.sessions:read'
      | 'auth.sessions:revoke'
      | 'auth.tenants:create'
      | 'auth.tenants:read'
      | 'auth.tenants:update'
      | 'auth.tokens:introspect'
      | 'auth.users:create'
      | 'auth.users:disable'
      | 'auth.users:enable'
      | 'auth.users:read'
      | 'auth.users:send-reset'
      | 'auth.users:unlock'
      | 'auth.users:update'
      | 'invoices:approve'
      | 'invoices:create'
      | 'invoices:read'
      | 'reports:read';
    role:
      | 'administrator'
      | 'approver'
      | 'clerk'
      | 'manager'
      | 'viewer';
  }
}
