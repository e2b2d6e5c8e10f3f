import { getMetadataArgsStorage } from 'typeorm';
import { AssignmentEntity } from './access/assignment.entity';
import { CatalogueEntity } from './access/catalogue.entity';
import { RoleEntity } from './access/role.entity';
import { RoleParentEntity } from './access/role-parent.entity';
import { RolePermissionEntity } from './access/role-permission.entity';
import { AccountEntity } from './accounts/accounts.entity';
import { AuditEventEntity } from './audit/audit-event.entity';
import { ChangeEntity } from './change-feed/change.entity';
import { isAuthEntity } from './database/auth-entity';
import { DEFAULT_SCHEMA } from './database/auth-schema';
import { DeliveryEntity } from './delivery/delivery.entity';
import { DeliveryWindowEntity } from './delivery/delivery-window.entity';
import { SecretUseEntity } from './keys/secret-use.entity';
import { CleanUpEntity } from './housekeeping/clean-up.entity';
import { SigningKeyEntity } from './keys/signing-key.entity';
import { SessionEntity } from './sessions/session.entity';
import { TenantEntity } from './tenants/tenant.entity';
import { GuessEntity } from './throttling/guess.entity';

const ENTITIES = [
  AccountEntity,
  AssignmentEntity,
  AuditEventEntity,
  CatalogueEntity,
  ChangeEntity,
  CleanUpEntity,
  DeliveryEntity,
  DeliveryWindowEntity,
  GuessEntity,
  RoleEntity,
  RoleParentEntity,
  RolePermissionEntity,
  SecretUseEntity,
  SessionEntity,
  SigningKeyEntity,
  TenantEntity,
] as const;

/**
 * The entities of Portcullis, for the DataSource of the application.
 *
 * @param options.schema the PostgreSQL schema of our tables, one per process. @default 'auth'
 *
 * @example
 * TypeOrmModule.forRoot({ type: 'postgres', entities: [...authEntities()], migrations: AUTH_MIGRATIONS });
 *
 * @publicApi
 */
export function authEntities({
  schema = DEFAULT_SCHEMA,
}: { readonly schema?: string } = {}): (new () => object)[] {
  for (const table of getMetadataArgsStorage().tables) {
    if (isAuthEntity(table.target)) table.schema = schema;
  }
  return [...ENTITIES];
}
