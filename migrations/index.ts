import type { MigrationInterface } from 'typeorm';
import { CreateAuthTables1790000000000 } from './1790000000000-create-auth-tables';
import { AddRolesAndTenants1795393000000 } from './1795393000000-add-roles-and-tenants';
import { AddSecretIds1795900100000 } from './1795900100000-add-secret-ids';
import { RotateSigningKeys1795900200000 } from './1795900200000-rotate-signing-keys';
import { AddDeliveries1795900300000 } from './1795900300000-add-deliveries';
import { PartitionAudit1795900400000 } from './1795900400000-partition-audit';

export {
  dropPermission,
  renamePermission,
  splitPermission,
  type PermissionStep,
} from './permission-steps';

/**
 * Every migration of Portcullis, oldest first. Give it to the DataSource as it is: a glob would find
 * compiled files twice.
 *
 * @example
 * TypeOrmModule.forRoot({ entities: [...authEntities()], migrations: AUTH_MIGRATIONS });
 *
 * @publicApi
 */
export const AUTH_MIGRATIONS: (new () => MigrationInterface)[] = [
  CreateAuthTables1790000000000,
  AddRolesAndTenants1795393000000,
  AddSecretIds1795900100000,
  RotateSigningKeys1795900200000,
  AddDeliveries1795900300000,
  PartitionAudit1795900400000,
];
