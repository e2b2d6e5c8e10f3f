import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ChangeFeedModule } from '../change-feed/change-feed.module';
import { checkStructuralOptions } from '../options/check-structural-options';
import { StructuralAuthOptions } from '../options/structural-options';
import { RouteAccessReader } from '../route-access/route-access.reader';
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
import { RolesGuard } from './roles.guard';
import { RouteAudit } from './route-audit';
import { RouteRules } from './route-rules';

@Module({
  imports: [ChangeFeedModule, DiscoveryModule],
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
    AdministratorsRepository,
    AssignmentsRepository,
    AssignmentsService,
    AuthorityRepository,
    AuthorityService,
    CatalogueRepository,
    CatalogueService,
    DenialLog,
    HandlerDiscovery,
    PolicyGuard,
    RolesGuard,
    RouteAudit,
    RouteRules,
  ],
  exports: [
    AssignmentsService,
    AuthorityService,
    CompiledCatalogue,
    PolicyGuard,
    RolesGuard,
    RouteAccessReader,
    RouteAudit,
  ],
})
export class AccessModule {}
