import { Module } from '@nestjs/common';
import { AccessMapModule } from '../access-map/access-map.module';
import { AccessModule } from '../access/access.module';
import { AccountsModule } from '../accounts/accounts.module';
import { AuditModule } from '../audit/audit.module';
import { AuthenticationModule } from '../authentication/authentication.module';
import { ExplanationModule } from '../explanation/explanation.module';
import { KeysModule } from '../keys/keys.module';
import { RolesModule } from '../roles/roles.module';
import { SessionsModule } from '../sessions/sessions.module';
import { TenantsModule } from '../tenants/tenants.module';
import { AccessAdministration } from './access-administration.service';
import { AccessController } from './access.controller';
import { AssignmentAdministration } from './assignment-administration.service';
import { AssignmentsController } from './assignments.controller';
import { AuditController } from './audit.controller';
import { KeysController } from './keys.controller';
import { RolesController } from './roles.controller';
import { TenantAdministration } from './tenant-administration.service';
import { TenantsController } from './tenants.controller';
import { UserAdministration } from './user-administration.service';
import { UserSessionsController } from './user-sessions.controller';
import { UsersController } from './users.controller';

/** The routes by which people administer accounts, access, tenants and keys. */
@Module({
  imports: [
    AccessMapModule,
    AccessModule,
    AccountsModule,
    AuditModule,
    AuthenticationModule,
    ExplanationModule,
    KeysModule,
    RolesModule,
    SessionsModule,
    TenantsModule,
  ],
  controllers: [
    AccessController,
    AssignmentsController,
    AuditController,
    KeysController,
    RolesController,
    TenantsController,
    UserSessionsController,
    UsersController,
  ],
  providers: [
    AccessAdministration,
    AssignmentAdministration,
    TenantAdministration,
    UserAdministration,
  ],
})
export class AdministrationModule {}
