import {
  Controller,
  Get,
  Injectable,
  Module,
  VersioningType,
  type DynamicModule,
  type INestApplication,
  type Type,
} from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  Authenticated,
  AuthModule,
  defineAccess,
  Public,
  RequirePermissions,
  type AccessLock,
} from '@portcullis/nest';

const catalogue = (approverGrants: 'things:read' | 'things:*') =>
  defineAccess({
    permissions: { things: ['read', 'write'] },
    roles: { reader: { grants: ['things:read'] }, writer: { grants: [approverGrants] } },
  });

/** Fails whoever starts these applications: what they list, they list without being started. */
@Injectable()
class NeverMade {
  constructor() {
    throw new Error('the application was started');
  }
}

@Controller('things')
export class StrictController {
  @RequirePermissions<string>('things:write') @Get() read(): void {}
}

@Controller('things')
export class LoosenedController {
  @Authenticated() @Get() read(): void {}
}

@Controller('things')
export class NarrowedController {
  @RequirePermissions<string>('things:write', 'things:read') @Get() read(): void {}
}

@Controller('things')
export class SilentController {
  @Get() read(): void {}
}

@Controller('open')
export class OpenController {
  @Public({ reason: 'anybody may look' }) @Get() read(): void {}
}

const database = TypeOrmModule.forRootAsync({
  useFactory: () => {
    throw new Error('the database was asked for');
  },
});

function application(
  controllers: readonly Type[],
  grants: 'things:read' | 'things:*' = 'things:*',
  settings: Partial<AccessLock['settings']> = {},
): DynamicModule {
  @Module({ controllers: [...controllers], providers: [NeverMade] })
  class ThingsModule {}
  class HostModule {}
  return {
    module: HostModule,
    imports: [
      database,
      AuthModule.forRootAsync({
        access: catalogue(grants),
        ...settings,
        useFactory: () => {
          throw new Error('the options were asked for');
        },
      }),
      ThingsModule,
      RouterModule.register([{ path: 'shop', module: ThingsModule }]),
    ],
  };
}

export const strict = application([StrictController]);
export const ungranted = application([StrictController], 'things:read');
export const loosened = application([LoosenedController]);
export const narrowed = application([NarrowedController]);
export const opened = application([StrictController, OpenController]);
export const lenient = application([StrictController], 'things:*', {
  unannotated: 'authenticated',
});
export const silent = application([SilentController]);

/** An application without the library. */
@Module({})
export class ForeignModule {}

/** What `main.ts` does with the application too. */
export function configureRoutes(app: INestApplication): void {
  app.setGlobalPrefix('api').enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
}
