import {
  Global,
  Module,
  type DynamicModule,
  type FactoryProvider,
  type ModuleMetadata,
} from '@nestjs/common';
import type { AuthOptions } from './auth-options';
import { ResolvedAuthOptions } from './auth-options';
import { resolveAuthOptions } from './resolve-options';
import { SecretKeys } from './secret-keys';
import { StructuralAuthOptions } from './structural-options';

/** Options that are known only once other providers exist. @publicApi */
export interface AuthOptionsFactory extends Pick<ModuleMetadata, 'imports'> {
  readonly inject?: FactoryProvider['inject'];
  // A factory receives whatever `inject` names; Nest types it the same way.
  readonly useFactory: (...injected: never[]) => AuthOptions | Promise<AuthOptions>;
}

/** Gives every capability the complete, frozen options and the keys derived from them. */
@Global()
@Module({})
export class AuthOptionsModule {
  static forRoot(structure: StructuralAuthOptions, factory: AuthOptionsFactory): DynamicModule {
    return {
      module: AuthOptionsModule,
      imports: factory.imports,
      providers: [
        {
          provide: ResolvedAuthOptions,
          inject: factory.inject ?? [],
          useFactory: async (...injected: never[]) =>
            resolveAuthOptions(await factory.useFactory(...injected)),
        },
        { provide: StructuralAuthOptions, useValue: Object.freeze({ ...structure }) },
        SecretKeys,
      ],
      exports: [ResolvedAuthOptions, StructuralAuthOptions, SecretKeys],
    };
  }
}
