import { Controller, Get, Module, Post, type Type } from '@nestjs/common';
import request from 'supertest';
import { RouteAudit } from '../../src/access/route-audit';
import { ConfigurationError } from '../../src/errors/configuration-error';
import type { StructuralAuthOptions } from '../../src/options/structural-options';
import {
  Authenticated,
  Public,
  RequirePermissions,
  Roles,
} from '../../src/route-access/access.decorators';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { buildAccessApp } from './access-app';

@Controller('undeclared')
class UndeclaredController {
  @Get() read(): void {}
  @Authenticated() @Get('declared') declared(): void {}
  @Post(['a', 'b']) write(): void {}
}

@Controller(['one', 'two/'])
@Public()
class ContradictingController {
  @Roles<string>('viewer') @Get('/:id/') read(): void {}
}

@Controller()
class MisspeltController {
  @RequirePermissions<string>('invoices:reed', 'invoices:read') @Get() read(): void {}
  @((Roles as unknown as () => MethodDecorator)()) @Post() write(): void {}
}

@Controller('fine')
@Authenticated()
class FineController {
  @Get() read() {
    return 'fine';
  }
  helper(): void {}
}

@Controller('metrics')
class MetricsController {
  @Get() read() {
    return 'metrics';
  }
}

@Module({ controllers: [MetricsController] })
class MetricsModule {}

let database: TestDatabase;

beforeAll(async () => {
  database = await cloneDatabase();
});

afterAll(() => database.drop());

async function boot(controllers: readonly Type[], structure: Partial<StructuralAuthOptions> = {}) {
  const app = await buildAccessApp(database, { controllers, structure, imports: [MetricsModule] });
  try {
    await app.init();
    const served = await request(app.getHttpServer()).get('/metrics');
    return { routes: app.get(RouteAudit).handlers(), status: served.status };
  } finally {
    await app.close();
  }
}

async function refusalOf(...given: Parameters<typeof boot>): Promise<readonly string[]> {
  const error: unknown = await boot(...given).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ConfigurationError))
    throw error instanceof Error ? error : new Error('it booted');
  return error.message.split('\n').slice(1);
}

const metrics = { controller: MetricsController, access: 'public', reason: 'scraped' } as const;

describe('the boot', () => {
  it('AZ-1: is refused while routes are undeclared, contradict themselves or name nothing real', async () => {
    const lines = await refusalOf(
      [UndeclaredController, ContradictingController, MisspeltController, FineController],
      { thirdParty: [metrics] },
    );

    expect(lines).toEqual([
      expect.stringContaining('HostModule: UndeclaredController.read() must be given @Public()'),
      expect.stringContaining('HostModule: UndeclaredController.write() must be given @Public()'),
      expect.stringMatching(
        /ContradictingController\.read\(\) must be .* put @Public\(\) on the methods/,
      ),
      expect.stringContaining(
        "MisspeltController.read() is 'invoices:reed', but must be a permission",
      ),
      expect.stringContaining('MisspeltController.write() must be given at least one name'),
    ]);
  });

  it('is refused for undecorated controllers of third parties', async () => {
    expect(await refusalOf([FineController])).toEqual([
      expect.stringContaining('MetricsModule: MetricsController.read() must be given @Public()'),
    ]);
  });

  it('is refused for contradictions even where undeclared routes are allowed', async () => {
    expect(
      await refusalOf([UndeclaredController, ContradictingController], {
        unannotated: 'authenticated',
      }),
    ).toEqual([expect.stringContaining('ContradictingController.read()')]);
  });

  it.each([MetricsController, 'MetricsController'])(
    'opens the third party that the options name as %p',
    async (controller) => {
      const { status, routes } = await boot([FineController], {
        thirdParty: [{ ...metrics, controller }],
      });

      expect(status).toBe(200);
      expect(
        routes.find((route) => route.controller === 'MetricsController')?.access,
      ).toMatchObject({
        kind: 'public',
        reason: 'scraped',
      });
    },
  );

  it('guards undeclared routes where the options give them to signed-in accounts', async () => {
    const { status } = await boot([FineController], { unannotated: 'authenticated' });

    expect(status).toBe(401);
  });

  it('is refused when an entry for a third party names no controller, or two', async () => {
    const twin = { MetricsController: class {} }.MetricsController;
    Controller('twin')(twin);

    expect(
      await refusalOf([FineController], {
        thirdParty: [metrics, { ...metrics, controller: 'MetricController' }],
      }),
    ).toEqual([expect.stringContaining("thirdParty[1].controller is 'MetricController'")]);
    expect(
      await refusalOf([FineController, twin], {
        thirdParty: [{ ...metrics, controller: 'MetricsController' }],
      }),
    ).toEqual([expect.stringContaining('2 have this name')]);
  });

  it.each<[string, object, string]>([
    [
      'a catalogue that nobody checked',
      { access: { permissions: [], roles: {}, separate: [] } },
      'access',
    ],
    ['an unknown mode', { unannotated: 'allow' }, 'unannotated'],
    ['an unknown access', { thirdParty: [{ ...metrics, access: 'open' }] }, 'thirdParty[0].access'],
    ['no reason', { thirdParty: [{ ...metrics, reason: ' ' }] }, 'thirdParty[0].reason'],
    ['a misspelt option', { unanotated: 'refuse' }, 'unanotated'],
  ])('is refused with %s', async (_, structure, option) => {
    await expect(boot([FineController], structure)).rejects.toThrow(`- ${option}`);
  });

  it('lists each route with its paths', async () => {
    const { routes } = await boot([FineController, UndeclaredController], {
      unannotated: 'authenticated',
    });

    expect(
      routes.map(({ module, controller, handler, operation, names }) => [
        module,
        `${controller}.${handler}`,
        operation,
        names,
      ]),
    ).toEqual(
      expect.arrayContaining([
        ['HostModule', 'FineController.read', 'GET', ['/fine']],
        ['HostModule', 'UndeclaredController.write', 'POST', ['/undeclared/a', '/undeclared/b']],
        ['MetricsModule', 'MetricsController.read', 'GET', ['/metrics']],
      ]),
    );
    expect(routes).toHaveLength(5);
  });
});
