import type { LoggerService } from '@nestjs/common';
import { SpanStatusCode } from '@opentelemetry/api';
import { KeysService } from '../../src/keys/keys.service';
import { ATTRIBUTES, METRICS, SPANS, type AttributeName } from '../../src/telemetry/metrics';
import { ageSession } from '../support/aged-sessions';
import { PASSWORD, startAuthApp, type AuthApp } from '../support/auth-app';
import { Measurements, recordingMeters } from '../support/measurements';
import { sendDue, writeMails } from '../support/outbox';
import { BodyClient, signedInPage } from '../support/session-client';

const EMAIL = 'ada@example.test';
const SENDER = { send: () => Promise.resolve() };
const SERVER = { clientId: 'reports', secrets: ['kV3xN8qL0wE5rT2yU7iO4pA9sD6fG1hJ'] };
const delivery = { from: 'auth@example.org', sender: SENDER, worker: false };

describe('telemetry', () => {
  let measured: Measurements;
  let app: AuthApp;
  beforeAll(async () => {
    measured = new Measurements();
    app = await startAuthApp({
      options: {
        telemetry: measured.options,
        delivery,
        resourceServers: [SERVER],
        throttling: { account: { limit: 100_000 }, login: { limit: 60 } },
      },
    });
    await app.createAccount(EMAIL, 'reader');
  });
  afterAll(() => app.close());

  /** What happened between two looks at a metric. */
  async function during(metric: string, work: () => Promise<unknown>) {
    const before = await measured.counts(metric);
    await work();
    const after = Object.entries(await measured.counts(metric));
    return Object.fromEntries(
      after
        .map(([key, count]) => [key, count - (before[key] ?? 0)])
        .filter(([, more]) => more !== 0),
    ) as Record<string, number>;
  }

  const login = (body: object) =>
    app.post('/auth/login', { email: EMAIL, password: PASSWORD, transport: 'body', ...body });

  it('counts sign-ins by how they end, each once', async () => {
    const counted = await during('portcullis.login.attempts', async () => {
      await login({});
      await login({});
      await login({ password: 'wrong' });
      await login({ email: 'nobody@example.test' });
      await login({ password: 'x'.repeat(2000) });
      for (let guess = 0; guess < 8; guess += 1) {
        await login({ email: 'guessed@example.test', password: 'wrong' });
      }
    });
    expect(counted).toEqual({
      ok: 2,
      invalid_credentials: 8,
      validation_failed: 1,
      throttled: 2,
    });
  });

  it('counts refreshes by what became of the token', async () => {
    const client = new BodyClient(app);
    const counted = await during('portcullis.refresh.attempts', async () => {
      await client.login(EMAIL);
      const first = client.refreshToken;
      await client.refresh();
      await client.send(first);
      await client.refresh({ 'x-auth-attempt': '0192f5a0-0000-7000-8000-000000000001' });
      await client.refresh();
      await client.send(first);
      await client.send(client.refreshToken);
      const other = new BodyClient(app);
      await other.login(EMAIL);
      await ageSession(app, other.sessionId, 10_000_000);
      await other.refresh();
    });
    expect(counted).toEqual({ rotated: 2, grace: 1, current: 1, reuse: 1, revoked: 1, expired: 1 });
  });

  it('counts hits and misses of the caches', async () => {
    await app.createAccount('cached@example.test', 'reader');
    const client = new BodyClient(app);
    await client.login('cached@example.test');
    const counted = await during('portcullis.cache.lookups', async () => {
      for (let request = 0; request < 5; request += 1) await client.get('/things');
    });
    expect(counted).toEqual({
      'verified_token miss': 1,
      'verified_token hit': 4,
      'authority hit': 5,
    });
  });

  it('counts hits and misses of sessions by secret id, and of what is asked about tokens', async () => {
    const { page } = await signedInPage(app, 'reader');
    const client = new BodyClient(app);
    await client.login(EMAIL);
    const counted = await during('portcullis.cache.lookups', async () => {
      for (let request = 0; request < 5; request += 1) await page.get('/things');
      for (let asked = 0; asked < 3; asked += 1) {
        const form = `token=${client.accessToken}`;
        const answer = await app
          .post('/auth/introspect', form)
          .set('Authorization', `Basic ${btoa(`${SERVER.clientId}:${SERVER.secrets[0]}`)}`);
        expect(answer.body).toMatchObject({ active: true });
      }
    });
    expect(counted).toMatchObject({
      'session miss': 1,
      'session hit': 4,
      'verified_token miss': 1,
      'verified_token hit': 2,
    });
  });

  it('counts what limits refuse, of requests and of guesses', async () => {
    const counted = await during('portcullis.throttle.refusals', async () => {
      for (let guess = 0; guess < 8; guess += 1) {
        await login({ email: 'throttled@example.test', password: 'wrong' });
      }
      for (let request = 0; request < 60; request += 1) await login({ email: '' });
    });
    expect(counted.unknown_device).toBe(2);
    expect(counted.login).toBeGreaterThan(0);
  });

  it('counts keys that are rotated and revoked, and mails by how they end', async () => {
    const keys = app.nest.get(KeysService, { strict: false });
    const events = await during('portcullis.key.events', async () => {
      const { kid } = await keys.rotate({});
      await keys.rotate({}, { now: true });
      await keys.revoke(kid, {});
    });
    expect(events).toEqual({ published: 1, activated: 1, revoked: 1 });

    await app.sql('TRUNCATE auth.deliveries');
    await writeMails(app, 'ada@example.test', 'no address', 'grace@example.test');
    const [pending] = await measured.series('portcullis.delivery.pending');
    expect(pending?.value).toBe(3);
    const mails = await during('portcullis.delivery.attempts', () => sendDue(app));
    expect(mails).toEqual({ sent: 2, failed: 1 });
    const [left] = await measured.series('portcullis.delivery.pending');
    expect(left?.value).toBe(0);
  });

  it('says how old its knowledge is, and how many passwords wait', async () => {
    const [lag] = await measured.series('portcullis.change_feed.lag');
    expect(lag!.value).toBeGreaterThanOrEqual(0);
    expect(lag!.value).toBeLessThan(5);
    expect(await measured.series('portcullis.hash_queue.waiting')).toMatchObject([{ value: 0 }]);
    const [waits] = await measured.series('portcullis.hash_queue.wait');
    expect(waits!.value).toBeGreaterThan(5);
  });

  it('counts a connection of the change feed that is lost', async () => {
    const counted = await during('portcullis.change_feed.reconnects', async () => {
      await app.sql(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'portcullis-change-feed' AND datname = current_database()`,
      );
      for (let look = 0; look < 100; look += 1) {
        const { ok } = await measured.counts('portcullis.change_feed.reconnects');
        if (ok !== undefined) break;
        await new Promise((later) => setTimeout(later, 20));
      }
    });
    expect(counted).toEqual({ ok: 1 });
  });

  it('has a span for each part of a sign-in and a refresh, with codes and no text', async () => {
    const client = new BodyClient(app);
    await app.createAccount('spans@example.test');
    await client.login('spans@example.test');
    await client.refresh();
    const names = measured.spans.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        'portcullis.login.verify',
        'portcullis.login.open',
        'portcullis.refresh',
        'portcullis.password.hash',
        'portcullis.authority.read',
        'portcullis.delivery.send',
      ]),
    );
    expect(Object.keys(SPANS)).toEqual(expect.arrayContaining([...new Set(names)]));
    const failed = measured.spans.filter(({ status }) => status.code === SpanStatusCode.ERROR);
    expect(failed.length).toBeGreaterThan(0);
    for (const { attributes, events, status } of measured.spans) {
      expect(events).toEqual([]);
      expect(status.message).toBeUndefined();
      expect(Object.keys(attributes).filter((name) => name !== 'error.type')).toEqual([]);
    }
  });

  it('names nobody, and as many series as its documents say', async () => {
    const series = await measured.series();
    expect(series.length).toBeGreaterThan(20);
    for (const { metric, attributes } of series) {
      const known = METRICS[metric as keyof typeof METRICS].attributes as readonly AttributeName[];
      for (const [name, value] of Object.entries(attributes)) {
        expect(known).toContain(name);
        if (name === 'error.type') expect(value).toMatch(/^[a-z_]{4,30}$/);
        else expect(ATTRIBUTES[name as AttributeName]).toContain(`\`${String(value)}\``);
      }
    }
    const text = JSON.stringify([series, measured.spans.map(({ attributes }) => attributes)]);
    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}|@|127\.0\.0\.1|\/things/);
  });
});

describe('LO-5: decisions about access', () => {
  const lines: Record<string, string>[] = [];
  const keep = (line: unknown): void => {
    if (typeof line === 'string' && line.startsWith('{')) {
      lines.push(JSON.parse(line) as Record<string, string>);
    }
  };
  const ignore = () => undefined;
  const logger: LoggerService = { log: keep, warn: ignore, error: ignore, debug: ignore };

  it('are all recorded, by code: as many as were made', async () => {
    const measured = new Measurements();
    const app = await startAuthApp({
      logger,
      options: { telemetry: { ...measured.options, decisionLog: true } },
    });
    await app.createAccount(EMAIL, 'reader');
    const reader = new BodyClient(app);
    await reader.login(EMAIL);
    const gone = new BodyClient(app);
    await gone.login(EMAIL);
    await gone.logout();
    lines.length = 0;
    const before = await measured.counts('portcullis.access.decisions');

    const made: Record<string, number> = {};
    const ask = async (path: string, headers: Record<string, string>, method: 'get' | 'post') => {
      const { status, body } = await app[method](path).set(headers);
      if (path === '/things/open') return;
      const code = status < 400 ? 'allowed' : `denied ${(body as { code: string }).code}`;
      made[code] = (made[code] ?? 0) + 1;
    };
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
    const calls = Array.from({ length: 20 }, () => [
      ask('/things', bearer(reader.accessToken), 'get'),
      ask('/things/mine', bearer(reader.accessToken), 'get'),
      ask('/auth/session', bearer(reader.accessToken), 'get'),
      ask('/things', bearer(reader.accessToken), 'post'),
      ask('/admin/users', bearer(reader.accessToken), 'get'),
      ask('/things', bearer(gone.accessToken), 'get'),
      ask('/things', bearer(`${reader.accessToken}x`), 'get'),
      ask('/things', {}, 'get'),
      ask('/things/open', {}, 'get'),
    ]);
    await Promise.all(calls.flat());

    expect(made).toEqual({
      allowed: 60,
      'denied forbidden': 40,
      'denied invalid_token': 40,
      'denied unauthenticated': 20,
    });
    const after = await measured.counts('portcullis.access.decisions');
    const counted = Object.fromEntries(
      Object.entries(after).map(([code, count]) => [code, count - (before[code] ?? 0)]),
    );
    expect(counted).toEqual(made);

    const written = lines.filter(({ event }) => event === 'authz_decision');
    const byCode: Record<string, number> = {};
    for (const { code } of written) {
      const key = code === 'allowed' ? code : `denied ${code!}`;
      byCode[key] = (byCode[key] ?? 0) + 1;
    }
    expect(byCode).toEqual(made);
    const allowed = written.find(({ code }) => code === 'allowed');
    expect(Object.keys(allowed!)).toEqual(
      expect.arrayContaining(['requestId', 'accountId', 'sessionId', 'route']),
    );
    expect(JSON.stringify(lines)).not.toContain(reader.accessToken.slice(0, 40));
    await app.close();
  });

  it('are counted without a new object for each guarded request', async () => {
    const handed = new Map<string, Set<unknown>>();
    const meterProvider = recordingMeters((metric, attributes) => {
      handed.set(metric, (handed.get(metric) ?? new Set()).add(attributes));
    });
    const app = await startAuthApp({ options: { telemetry: { meterProvider } } });
    await app.createAccount(EMAIL, 'reader');
    const client = new BodyClient(app);
    await client.login(EMAIL);
    await client.get('/things');
    handed.clear();
    for (let request = 0; request < 50; request += 1) await client.get('/things');
    expect(handed.get('portcullis.access.decisions')?.size).toBe(1);
    expect(handed.get('portcullis.cache.lookups')?.size).toBe(2);
    expect([...handed.keys()].sort()).toEqual([
      'portcullis.access.decisions',
      'portcullis.cache.lookups',
    ]);
    await app.close();
  });
});

describe('two applications in one process', () => {
  it('each measure their own, and leave nothing behind', async () => {
    const [one, other] = [new Measurements(), new Measurements()];
    const first = await startAuthApp({ options: { telemetry: one.options, delivery } });
    const second = await startAuthApp({ options: { telemetry: other.options } });
    await first.createAccount(EMAIL);
    await new BodyClient(first).login(EMAIL);
    await new BodyClient(second).login(EMAIL);
    expect(await one.counts('portcullis.login.attempts')).toEqual({ ok: 1 });
    expect(await other.counts('portcullis.login.attempts')).toEqual({ invalid_credentials: 1 });
    expect(await one.series('portcullis.change_feed.lag')).toHaveLength(1);
    await first.close();
    await second.close();
    // An SDK repeats what it read last; nobody is asked any more, or the lag would have grown.
    const last = await one.series('portcullis.change_feed.lag');
    expect(await one.series('portcullis.change_feed.lag')).toEqual(last);
  });
});
