import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ChangeFeedModule } from '../change-feed/change-feed.module';
import { checkStructuralOptions } from '../options/check-structural-options';
import { StructuralAuthOptions } from '../options/structural-options';
import { RouteAccessReader } from '../route-access/route-access.reader';
import { AccessDecisions } from './access-decisions';
import { AdministratorsRepository } from './administrators.repository';
import { AssignmentsRepository } from './assignments.repository';
import { AssignmentsService } from './assignments.service';
import { AuthorityRepository } from './authority.repository';
import { AuthorityService } from './authority.service';
import { CatalogueRepository } from './catalogue.repository';
import { CatalogueService } from './catalogue.service';
import { CompiledCatalogue } from './compiled-catalogue';
import { DenialLog } from './denial-log';
import { HandlerDiscovery } from './handler-discovery';
import { PolicyGuard } from './policy.guard';
import { DelegationService } from './delegation.service';
import { RequestTenants } from './request-tenants';
import { RoleModel } from './role-model';
import { RoleModelRepository } from './role-model.repository';
import { RolesGuard } from './roles.guard';
import { SeparationService } from './separation.service';
import { TenantsModule } from '../tenants/tenants.module';
import { RouteAudit } from './route-audit';
import { RouteRules } from './route-rules';

@Module({
  imports: [ChangeFeedModule, DiscoveryModule, TenantsModule],
  providers: [
    {
      provide: RouteAccessReader,
      inject: [StructuralAuthOptions],
      useFactory: (options: StructuralAuthOptions) =>
        new RouteAccessReader(checkStructuralOptions(options)),
    },
    {
      provide: CompiledCatalogue,
      inject: [StructuralAuthOptions],
      useFactory: (options: StructuralAuthOptions) =>
        new CompiledCatalogue(checkStructuralOptions(options).access),
    },
    AccessDecisions,
    AdministratorsRepository,
    AssignmentsRepository,
    AssignmentsService,
    AuthorityRepository,
    AuthorityService,
    CatalogueRepository,
    CatalogueService,
    DelegationService,
    RequestTenants,
    RoleModel,
    RoleModelRepository,
    SeparationService,
    DenialLog,
    HandlerDiscovery,
    PolicyGuard,
    RolesGuard,
    RouteAudit,
    RouteRules,
  ],
  exports: [
    AccessDecisions,
    RoleModel,
    SeparationService,
    DelegationService,
    AuthorityRepository,
    TenantsModule,
    AssignmentsService,
    AuthorityService,
    CompiledCatalogue,
    PolicyGuard,
    RequestTenants,
    RolesGuard,
    RouteAccessReader,
    RouteAudit,
  ],
})
export class AccessModule {}
