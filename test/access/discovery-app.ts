import { Module, type DynamicModule, type Provider, type Type } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { HandlerDiscovery } from '../../src/access/handler-discovery';
import { RouteAudit } from '../../src/access/route-audit';
import { StructuralAuthOptions } from '../../src/options/structural-options';
import { RouteAccessReader } from '../../src/route-access/route-access.reader';
import { access } from './access-store';

/** What a test application is made of. */
export interface DiscoverySettings {
  readonly imports?: readonly (Type | DynamicModule)[];
  readonly controllers?: readonly Type[];
  readonly providers?: readonly Provider[];
  readonly structure?: Partial<StructuralAuthOptions>;
}

/** The audit of the boot and nothing else of the library, so that it needs no database. */
export function discoveryModule(settings: DiscoverySettings): Type {
  const structure: StructuralAuthOptions = { access, ...settings.structure };
  @Module({
    imports: [DiscoveryModule, ...(settings.imports ?? [])],
    controllers: [...(settings.controllers ?? [])],
    providers: [
      { provide: StructuralAuthOptions, useValue: structure },
      { provide: RouteAccessReader, useValue: new RouteAccessReader(structure) },
      HandlerDiscovery,
      RouteAudit,
      ...(settings.providers ?? []),
    ],
  })
  class HostModule {}
  return HostModule;
}
