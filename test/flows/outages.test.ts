import { ChangeFeed } from '@portcullis/nest';
import { relayTo, type DatabaseRelay } from '../support/database-relay';
import { emptyDatabase, type TestDatabase } from '../support/database';
import { execute } from '../support/test-server';
import { until } from '../support/until';
import { startReferenceServer, type ReferenceServer } from './reference-server';

const INVOICE = { number: 'INV-1', customer: 'Acme Ltd.', amountCents: 129_900, currency: 'EUR' };

interface Answer {
  readonly status: number;
  readonly code?: string;
  readonly retryAfter: string | null;
}

let database: TestDatabase;
let relay: DatabaseRelay;
let server: ReferenceServer;
let administrator: string;

beforeAll(async () => {
  database = await emptyDatabase();
  relay = await relayTo(database.url);
  server = await startReferenceServer({ DATABASE_URL: relay.url });
  administrator = await server.signIn('root@example.test', 'administrator');
});

afterAll(async () => {
  await server.stop();
  await relay.close();
  await database.drop();
});

async function ask(method: string, path: string, body?: object): Promise<Answer> {
  const answer = await fetch(`${server.url}${path}`, {
    method,
    headers: { authorization: administrator, 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  const { code } = (text === '' ? {} : JSON.parse(text)) as { code?: string };
  return { status: answer.status, code, retryAfter: answer.headers.get('retry-after') };
}

const isReady = async () => (await ask('GET', '/health/ready')).status === 200;

describe('while PostgreSQL is away', () => {
  beforeAll(async () => {
    // What a request needs beside its own statements is known by now.
    expect((await ask('GET', '/invoices')).status).toBe(200);
    relay.cut();
  });
  afterAll(async () => {
    relay.restore();
    await until('it is ready', isReady);
  });

  it.each([
    ['GET', '/invoices', undefined],
    ['POST', '/invoices', INVOICE],
    ['POST', '/invoices/018f0000-0000-7000-8000-000000000000/approve', undefined],
    ['GET', '/reports/summary', undefined],
    ['GET', '/auth/sessions', undefined],
    ['GET', '/health/ready', undefined],
  ])('FS-1: %s %s says "try again"', async (method, path, body) => {
    await until('it is not ready', async () => !(await isReady()));
    const answer = await ask(method, path, body);
    expect(answer).toEqual({ status: 503, code: 'database_unavailable', retryAfter: '1' });
  });

  it('is alive', async () => {
    expect((await ask('GET', '/health/live')).status).toBe(200);
  });

  it('serves again once it is back', async () => {
    relay.restore();
    await until('it is ready', isReady);
    expect((await ask('POST', '/invoices', INVOICE)).status).toBe(201);
  });
});

describe('readiness', () => {
  it('FS-4: is bounded and asks once, however many probes a hanging database meets', async () => {
    await until('it is ready', isReady);
    const before = relay.connections;
    relay.hold();
    try {
      await until('it is not ready', async () => !(await isReady()));
      for (let round = 0; round < 2; round++) {
        const startedAt = performance.now();
        const probes = Array.from({ length: 40 }, () => ask('GET', '/health/ready'));
        expect(new Set((await Promise.all(probes)).map(({ status }) => status))).toEqual(
          new Set([503]),
        );
        expect(performance.now() - startedAt).toBeLessThan(2500);
      }
      // Forty looks would have taken the whole pool. One is for the look, one for the change feed.
      expect(relay.connections - before).toBeLessThanOrEqual(2);
    } finally {
      relay.release();
    }
    await until('it is ready', isReady);
  });

  it('asks for every migration', async () => {
    const [{ name, timestamp }] = (await execute(
      database.url,
      'DELETE FROM migrations WHERE id = (SELECT max(id) FROM migrations) RETURNING name, timestamp',
    )) as [{ name: string; timestamp: string }];
    await until('it is not ready', async () => !(await isReady()));
    await execute(
      database.url,
      `INSERT INTO migrations (name, timestamp) VALUES ('${name}', ${timestamp})`,
    );
    await until('it is ready', isReady);
  });

  it('asks for changes that are fresh', async () => {
    const fresh = jest.spyOn(server.app.get(ChangeFeed, { strict: false }), 'isFresh');
    fresh.mockReturnValue(false);
    expect(await isReady()).toBe(false);
    fresh.mockRestore();
    expect(await isReady()).toBe(true);
  });
});
