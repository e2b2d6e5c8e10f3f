import type { Permission, RoleName } from '@portcullis/nest';
// Only its types: the catalogue itself stays on the server.
import type {} from '../../../server/access';

// From here on `can`, `useCan` and <Can> know every permission of the server, and no other compiles.
declare module '@portcullis/client' {
  interface Register {
    permission: Permission;
    role: RoleName;
  }
}
