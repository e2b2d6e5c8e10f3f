import { AssertionError } from 'node:assert';
import type { AddressInfo, Server } from 'node:net';
import { VersioningType, type INestApplication } from '@nestjs/common';
import { RolesGuard } from '../../src/access/roles.guard';
import { JwtAuthGuard } from '../../src/authentication/jwt-auth.guard';
import { setPrincipal } from '../../src/route-access/principal';
import { expectAccessMatrix, type AccessMatrixOptions } from '../../src/testing/testing';
import { startReferenceServer } from '../flows/reference-server';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { asksForNothing, forgetsStepUp } from './broken-guards';
import {
  access,
  BadController,
  NotesController,
  RulesModule,
  UnreachableController,
} from './matrix-app';
import { startPlantedApp, type PlantedSettings } from './planted-app';

let database: TestDatabase;
let app: INestApplication | undefined;

beforeAll(async () => {
  database = await cloneDatabase();
});

afterEach(async () => {
  await app?.close();
  app = undefined;
});

afterAll(() => database.drop());

async function start(settings: Partial<PlantedSettings> = {}): Promise<INestApplication> {
  const controllers = [NotesController];
  app = await startPlantedApp(database, {
    access,
    controllers,
    imports: [RulesModule],
    ...settings,
  });
  return app;
}

/** The lines of the report, without the first. */
async function reportOf(
  running: INestApplication,
  options: AccessMatrixOptions = {},
): Promise<readonly string[]> {
  const error: unknown = await expectAccessMatrix(running, options).catch(
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AssertionError)) throw new Error('it passed', { cause: error });
  return error.message
    .split('\n')
    .slice(1)
    .map((line) => line.trim());
}

const NOTES = [
  'GET /notes',
  'POST /notes/:id/share/:path',
  'PATCH /notes/:id',
  'GET /notes/of-roles',
  'GET /notes/fresh',
  'GET /notes/own/:id',
  'GET /notes/events',
  'GET /notes/mine',
  'GET /notes/probe',
];

describe('expectAccessMatrix', () => {
  it.each(['express', 'fastify'] as const)('passes where guards hold, on %s', async (adapter) => {
    const running = await start({ adapter });

    const result = await expectAccessMatrix(running, { only: NOTES });

    expect(result).toMatchObject({
      routes: 9,
      cases: {
        public: 1,
        anonymous: 8,
        // each of three permissions for share, both needs of change and of-roles
        lacking: 11,
        other_tenant: 7,
        // maxAge, and each of two methods
        step_up_stale: 3,
        // two for any of two permissions and for any of two roles
        exact: 10,
      },
    });
    expect(result.requests).toBe(Object.values(result.cases).reduce((sum, count) => sum + count));
  });

  it('checks the routes of the library as well, and says which it cannot', async () => {
    const result = await expectAccessMatrix(await start({ structure: { administration: true } }));

    expect(result.routes).toBeGreaterThan(30);
    expect(result.skipped).toEqual(
      ['login', 'refresh', 'logout', 'introspect', 'revoke'].map((route) => ({
        route: `POST /auth/${route}`,
        reason: 'a password, a token or a client secret is its credential',
      })),
    );
  }, 120_000);

  it('lets the application listen on the loopback interface when nobody did', async () => {
    const running = await start();

    await expectAccessMatrix(running, { only: ['GET /notes'] });

    const server = running.getHttpServer() as Server;
    expect((server.address() as AddressInfo).address).toBe('127.0.0.1');
  });

  it.each([
    ['claim', {}],
    ['header', { required: true }],
    ['subdomain', { domain: 'app.example.org', required: true }],
    ['path', { parameter: 'id' }],
  ] as const)('tries the rights of another tenant, which %s names', async (source, tenancy) => {
    const running = await start({ options: { tenancy: { source, ...tenancy } } });

    const { cases } = await expectAccessMatrix(running, { only: NOTES, tenants: true });

    expect(cases.other_tenant).toBe(7);
  });

  it('reaches routes of other hosts, versions and prefixes', async () => {
    const running = await start({
      prepare: (nest) => {
        nest.setGlobalPrefix('api');
        nest.enableVersioning({
          type: VersioningType.HEADER,
          header: 'X-Api',
          defaultVersion: '2',
        });
      },
    });

    const { routes } = await expectAccessMatrix(running, {
      only: NOTES.map((route) => `${route.replace(' ', ' /api')} (version 2)`),
    });

    expect(routes).toBe(9);
  });

  it('names every route that a guard leaves open', async () => {
    const report = await reportOf(await start({ override: asksForNothing }), {
      only: ['GET /notes', 'GET /notes/fresh', 'GET /notes/mine', 'GET /notes/probe'],
      tenants: false,
    });

    expect(report).toEqual([
      'GET /notes · lacking (all but notes:read): expected 403, got 200',
      'GET /notes · other_tenant (nothing): expected 403 or 404, got 200',
      'GET /notes/fresh · lacking (all but notes:read): expected 403, got 200',
      'GET /notes/fresh · other_tenant (nothing): expected 403 or 404, got 200',
      'GET /notes/fresh · step_up_stale (notes:read, authenticated long ago): expected 401 step_up_required, got 200',
      'GET /notes/fresh · step_up_stale (notes:read, authenticated without otp): expected 401 step_up_required, got 200',
      'GET /notes/fresh · step_up_stale (notes:read, authenticated without pwd): expected 401 step_up_required, got 200',
    ]);
  });

  it('names a route that forgets the step-up', async () => {
    const report = await reportOf(await start({ override: forgetsStepUp }), { only: NOTES });

    expect(report).toHaveLength(3);
    for (const line of report) expect(line).toMatch(/^GET \/notes\/fresh · step_up_stale/);
  });

  it('names routes where strangers pass for somebody', async () => {
    const stranger = { accountId: '', sessionId: '', authTime: 0, amr: [] };
    const report = await reportOf(
      await start({
        override: (builder) =>
          builder
            .overrideProvider(JwtAuthGuard)
            .useValue({
              canActivate: (context: { switchToHttp(): { getRequest(): object } }) => {
                setPrincipal(context.switchToHttp().getRequest(), stranger);
                return true;
              },
            })
            .overrideProvider(RolesGuard)
            .useValue({ canActivate: () => true }),
      }),
      { only: ['GET /notes/mine'] },
    );

    expect(report).toEqual(['GET /notes/mine · anonymous: expected 401, got 200']);
  });

  it('names routes that refuse by themselves, are shadowed, or nobody can reach', async () => {
    const report = await reportOf(
      await start({ controllers: [UnreachableController, BadController] }),
      {
        only: [
          'GET /bad/unauthorized/:id',
          'GET /bad/closed',
          'GET /bad/shadowed',
          'GET /bad/anything/*path',
          'GET /bad/nobody',
        ],
        tenants: true,
      },
    );

    expect(report).toEqual([
      'GET /bad/nobody · exact: expected somebody who may use it, got needs that nobody may hold together',
      'GET /bad/unauthorized/:id · exact (nothing): expected neither 401 nor 403, got 401',
      'GET /bad/closed · public: expected neither 401 nor 403, got 401',
      'GET /bad/shadowed · anonymous: expected 401, got 200',
      'GET /bad/shadowed · lacking (all but notes:share): expected 403, got 200',
      'GET /bad/shadowed · other_tenant (notes:share in another tenant): expected 403 or 404, got 200',
    ]);
  });

  it('leaves out what it is told, and says so', async () => {
    const running = await start({ controllers: [BadController] });
    const skip = [
      { route: 'GET /bad/closed', reason: 'checks a signature' },
      { route: 'GET /bad/unauthorized/:id', cases: ['exact'] as const, reason: 'an example' },
    ];

    const result = await expectAccessMatrix(running, {
      only: ['GET /bad/closed', 'GET /bad/unauthorized/:id'],
      skip,
    });

    expect(result).toMatchObject({ routes: 1, requests: 1, cases: { anonymous: 1 } });
    expect(result.skipped).toEqual(expect.arrayContaining(skip));
  });

  it('refuses to skip what is not there, or without a reason, and names what is there', async () => {
    const running = await start();
    const skipping = (route: string, reason: string) =>
      expectAccessMatrix(running, { skip: [{ route, reason }] });

    await expect(skipping('GET /nots', 'a typo')).rejects.toThrow(
      /no route is named GET \/nots\. There are:\n(.*\n)*GET \/notes\n/,
    );
    await expect(skipping('GET /notes', ' ')).rejects.toThrow('say why GET /notes is skipped');
    await expect(expectAccessMatrix(running, { only: ['GET /nots'] })).rejects.toThrow('no route');
  });

  it('says what to do where requests are throttled', async () => {
    const running = await start({
      structure: { throttleEveryRoute: true },
      options: { throttling: { application: { limit: 3 } } },
    });

    await expect(expectAccessMatrix(running, { only: NOTES })).rejects.toThrow(
      'answered 429. Raise the limits of `throttling`',
    );
  });
});

it('the reference server is as open as it declares', async () => {
  const server = await startReferenceServer({
    THROTTLE_PAGES_LIMIT: '100000',
    THROTTLE_ACCOUNT_LIMIT: '100000',
    THROTTLE_APPLICATION_LIMIT: '100000',
  });
  try {
    const { routes, cases } = await expectAccessMatrix(server.app);

    expect(routes).toBeGreaterThan(35);
    expect(cases.exact).toBeGreaterThan(30);
    expect(cases.lacking).toBeGreaterThan(25);
  } finally {
    await server.stop();
  }
}, 120_000);
