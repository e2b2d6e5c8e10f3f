import { Client } from 'pg';
import { canariesIn, spellingsOf, type Canaries } from '../support/canaries';
import { emptyDatabase, type TestDatabase } from '../support/database';
import { MailServer } from '../support/mail-server';
import { until } from '../support/until';
import { startServerProcess, type ServerProcess } from '../support/server-process';

const ORIGIN = 'https://api.example.org';
const ADMIN = 'admin@example.test';

/** Made for this test, of characters that every encoding spells differently. */
const GIVEN = {
  adminPassword: 'canary of the admin + 1/2 & <ä>',
  newPassword: 'canary that comes after % ?=# "é"',
  wrongPassword: 'canary that is wrong {} [] \\ 3',
  smtpPassword: 'canary-smtp-Zk4pQ8vN1x',
  redisPassword: 'canary-redis-Wm7tB2yH5c',
  clientSecret: 'canary0client1Rj6nD9sF3gUq8wE2zX5v',
  wrongClientSecret: 'canary0wrong1Lh4kP7mT0bYc6aV3nQ9s',
  secret: 'zI6rX0m1pQ4vT8sK2nW7yB5cD9fG3hJ6canary',
  pepper: 'mN5bV8cX1zL4kJ7hG0fD3sA6pO9iU2yTcanary',
  garbageToken: 'canary_garbage_token_0123456789_abcdefghijklmnopqrstuvwxyz_ABCDEFGHIJ012345',
} as const;

describe.each(['express', 'fastify'])('what a server on %s writes', (adapter) => {
  let database: TestDatabase;
  let client: Client;
  let mails: MailServer;
  let server: ServerProcess;
  let metricsUrl: string;
  /** Grows with every secret that the server hands out. */
  const canaries: Record<string, string | Buffer> = { ...GIVEN };
  const refusals: string[] = [];
  const statuses: string[] = [];

  beforeAll(async () => {
    database = await emptyDatabase();
    mails = await MailServer.start();
    server = await startServerProcess(database.url, {
      NODE_ENV: 'production',
      ADAPTER: adapter,
      LOG_LEVEL: 'debug',
      ORIGINS: ORIGIN,
      METRICS_PORT: '0',
      PORTCULLIS_SECRETS: GIVEN.secret,
      PORTCULLIS_PEPPERS: `1:${GIVEN.pepper}`,
      PORTCULLIS_ADMIN_EMAIL: ADMIN,
      PORTCULLIS_ADMIN_PASSWORD: GIVEN.adminPassword,
      RESOURCE_SERVERS: `orders:${GIVEN.clientSecret}`,
      SMTP_URL: mails.url.replace('//', `//mailer:${GIVEN.smtpPassword}@`),
      MAIL_FROM: 'auth@example.org',
      // Nobody listens there: what is said of that counts too.
      REDIS_URL: `redis://:${GIVEN.redisPassword}@127.0.0.1:1`,
      DRAIN_SECONDS: '0',
    });
    client = new Client({ connectionString: database.url });
    await client.connect();
    await until('the metrics are served', () => /metrics on (http[^\s"]+)/.test(server.output()));
    metricsUrl = /metrics on (http[^\s"]+)/.exec(server.output())![1]!;
  }, 120_000);

  afterAll(async () => {
    await client.end();
    await server.stop();
    await mails.stop();
    await database.drop();
  }, 60_000);

  async function send(path: string, init: RequestInit = {}): Promise<Record<string, unknown>> {
    const answer = await fetch(`${server.url}${path}`, { redirect: 'manual', ...init });
    const text = await answer.text();
    statuses.push(`${answer.status}`);
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      // The hint is made to be read by scripts.
      if (name !== undefined && value && !name.endsWith('-hint')) keep(`cookie ${name}`, value);
    }
    if (answer.status >= 400) refusals.push(text);
    const body = (text.startsWith('{') ? JSON.parse(text) : {}) as Record<string, unknown>;
    if (typeof body.access_token === 'string') {
      const [, payload = '', signature = ''] = body.access_token.split('.');
      keep('access token', payload);
      keep('signature', signature);
    }
    if (typeof body.refresh_token === 'string') {
      keep('refresh token', body.refresh_token);
      // Its public session id stands before, its counter behind.
      keep('family secret', Buffer.from(body.refresh_token, 'base64url').subarray(17, 33));
    }
    return body;
  }

  function keep(name: string, secret: string | Buffer): void {
    canaries[`${name} ${Object.keys(canaries).length}`] = secret;
  }

  const post = (path: string, body: object | string, headers: Record<string, string> = {}) =>
    send(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: ORIGIN, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const login = (password: string, transport = 'body') =>
    post('/auth/login', { email: ADMIN, password, transport });
  const bearer = (token: unknown) => ({ authorization: `Bearer ${String(token)}` });

  async function liveThroughEverything(): Promise<void> {
    const first = await login(GIVEN.adminPassword);
    await login(GIVEN.adminPassword, 'cookie');
    await login(GIVEN.wrongPassword);
    await send(`/auth/login?password=${encodeURIComponent(GIVEN.wrongPassword)}`, {
      method: 'POST',
    });
    await post(
      '/auth/login',
      `{"email":"${ADMIN}","password":${JSON.stringify(GIVEN.wrongPassword)}`,
    );
    await post('/auth/login', GIVEN.wrongPassword, { 'content-type': 'text/plain' });
    await post('/auth/login', { email: GIVEN.wrongPassword, password: GIVEN.wrongPassword });
    await post('/auth/login', { email: ADMIN, password: GIVEN.wrongPassword.repeat(100) });

    await send('/auth/session', { headers: bearer(first.access_token) });
    await send('/auth/session', { headers: bearer(`${String(first.access_token)}x`) });
    await send('/auth/session', { headers: bearer(first.refresh_token) });
    await send(`/invoices?access_token=${String(first.access_token)}`);
    await send(`/auth/sessions/${String(first.refresh_token)}`, {
      method: 'DELETE',
      headers: bearer(first.access_token),
    });
    await send(`/auth/${String(first.access_token)}`, { headers: bearer(first.access_token) });
    const basic = Buffer.from(`admin:${GIVEN.adminPassword}`).toString('base64');
    await send('/invoices', { headers: { authorization: `Basic ${basic}` } });
    await send('/admin/users', { headers: bearer(first.access_token) });
    await send('/admin/keys', { headers: bearer(first.access_token) });

    const introspect = (secret: string) =>
      send('/auth/introspect', {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          authorization: `Basic ${Buffer.from(`orders:${secret}`).toString('base64')}`,
        },
        body: `token=${String(first.access_token)}`,
      });
    await introspect(GIVEN.clientSecret);
    await introspect(GIVEN.wrongClientSecret);

    const second = await post('/auth/refresh', { refresh_token: first.refresh_token });
    await post('/auth/refresh', { refresh_token: first.refresh_token });
    await post('/auth/refresh', { refresh_token: GIVEN.garbageToken });
    await post(
      '/auth/refresh',
      {},
      { cookie: `__Host-portcullis-refresh=${GIVEN.garbageToken}`, 'x-csrf': '1' },
    );
    const third = await post('/auth/refresh', { refresh_token: second.refresh_token });
    await post('/auth/refresh', { refresh_token: first.refresh_token });
    await send('/auth/session', { headers: bearer(third.access_token) });

    const fourth = await login(GIVEN.adminPassword);
    const change = (currentPassword: string, newPassword: string) =>
      post('/auth/password/change', { currentPassword, newPassword }, bearer(fourth.access_token));
    await change(GIVEN.wrongPassword, GIVEN.newPassword);
    await change(GIVEN.adminPassword, 'short');
    await change(GIVEN.adminPassword, GIVEN.newPassword);
    await login(GIVEN.adminPassword);
    await post('/auth/logout', { refresh_token: fourth.refresh_token });

    await client.query('ALTER TABLE auth.sessions RENAME TO gone');
    await login(GIVEN.newPassword);
    await post('/auth/refresh', { refresh_token: third.refresh_token });
    await client.query('ALTER TABLE auth.gone RENAME TO sessions');
    await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    await new Promise((later) => setTimeout(later, 500));
    await login(GIVEN.newPassword);
  }

  async function mailsGoOut(): Promise<void> {
    await until('a mail arrives', () => mails.received.length > 0);
    mails.mood = { kind: 'refuse', at: 'data', code: 554 };
    await client.query(
      `INSERT INTO auth.deliveries (id, kind, account_id, recipient)
       SELECT gen_random_uuid(), 'new_sign_in', id, email FROM auth.accounts LIMIT 1`,
    );
    await until('a delivery fails', () => server.output().includes('delivery_failed'));
  }

  async function everyTable(): Promise<string> {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('auth', 'public')`,
    );
    const texts: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ text: string }>(
        `SELECT t::text AS text FROM ${name} t`,
      );
      texts.push(...rows.map(({ text }) => text));
    }
    return texts.join('\n');
  }

  it('LO-3: holds no secret at any level, also on errors, in any spelling', async () => {
    await liveThroughEverything();
    await mailsGoOut();

    expect(statuses.filter((status) => status === '200').length).toBeGreaterThan(8);
    for (const status of ['400', '401', '404', '500']) expect(statuses).toContain(status);
    expect(Object.keys(canaries).length).toBeGreaterThan(20);
    expect(mails.passwords).toContain(GIVEN.smtpPassword);
    const output = server.output();
    for (const said of ['"level":"debug"', 'internal_error', 'lost its connection']) {
      expect(output).toContain(said);
    }
    const places = {
      output,
      tables: await everyTable(),
      metrics: await (await fetch(metricsUrl)).text(),
      refusals: refusals.join('\n'),
      mails: mails.received.map(({ raw, text, html }) => `${raw}${text}${html}`).join('\n'),
    };
    for (const [place, text] of Object.entries(places)) {
      expect([place, text.length > 500]).toEqual([place, true]);
      expect([place, canariesIn(text, canaries)]).toEqual([place, []]);
    }
  }, 120_000);

  it('writes a line for each answer of /auth and /admin, by the pattern of its route', () => {
    const lines = server
      .output()
      .split('\n')
      .filter((line) => line.includes('"event":"request"'))
      .map((line) => (JSON.parse(line) as { message: Record<string, unknown> }).message);
    expect(lines.length).toBeGreaterThan(25);
    const routes = new Set(lines.map(({ route }) => route));
    expect([...routes]).toEqual(
      expect.arrayContaining(['/auth/login', '/auth/refresh', '/auth/sessions/:id', 'unmatched']),
    );
    for (const line of lines) {
      expect(line).toEqual({
        event: 'request',
        method: expect.stringMatching(/^[A-Z]+$/) as string,
        route: expect.any(String) as string,
        status: expect.any(Number) as number,
        durationMs: expect.any(Number) as number,
        requestId: expect.stringMatching(/^[\w.-]{8,64}$/) as string,
      });
    }
  });

  it('names a request alike in the log, in the problem and in the audit', async () => {
    const { requestId } = await login(GIVEN.wrongPassword);
    await until('the request is logged', () => server.output().split(String(requestId)).length > 1);
    const { rows } = await client.query(
      'SELECT action FROM auth.audit_events WHERE request_id = $1',
      [requestId],
    );
    expect(rows).toEqual([{ action: 'authn_login_fail' }]);
  });

  it('serves metrics that Prometheus reads, and nothing else there', async () => {
    const answer = await fetch(metricsUrl);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
    const samples = parsePrometheus(await answer.text());
    const value = (name: string, labels = '') =>
      samples.find((one) => one.name === name && one.labels.includes(labels))?.value;
    expect(
      value('portcullis_login_attempts_total', 'error_type="invalid_credentials"'),
    ).toBeGreaterThan(1);
    expect(value('portcullis_refresh_attempts_total', 'portcullis_refresh_outcome="reuse"')).toBe(
      1,
    );
    expect(
      value('portcullis_access_decisions_total', 'portcullis_access_decision="allowed"'),
    ).toBeGreaterThan(3);
    expect(
      value('portcullis_change_feed_lag_seconds') ?? value('portcullis_change_feed_lag'),
    ).toBeLessThan(10);
    expect((await fetch(metricsUrl.replace('/metrics', '/'))).status).toBe(404);
    expect((await fetch(metricsUrl, { method: 'POST' })).status).toBe(404);
    expect((await fetch(`${server.url}/metrics`)).status).toBe(404);
  });
});

describe('the detector of secrets', () => {
  const planted: Canaries = { ...GIVEN, bytes: Buffer.from('00ff10ef20df30cf40bf50af60', 'hex') };

  it.each(Object.entries(planted))('finds %s in each of its spellings', (name, secret) => {
    const spellings = spellingsOf(secret);
    expect(spellings.length).toBeGreaterThanOrEqual(5);
    for (const spelling of spellings) {
      expect(canariesIn(`{"message":"before ${spelling} after"}`, planted)).toContain(name);
    }
    for (const before of ['', 'a', 'ab', 'abc']) {
      const around = Buffer.concat([Buffer.from(before), Buffer.from(secret), Buffer.from('xyz')]);
      for (const encoding of ['base64', 'base64url', 'hex'] as const) {
        expect(canariesIn(around.toString(encoding), planted)).toContain(name);
      }
    }
  });

  it('finds nothing in a text without any', () => {
    expect(canariesIn('portcullis listening on http://127.0.0.1:3000', planted)).toEqual([]);
  });
});

/** Samples of the text format of Prometheus; a line that is none fails. */
function parsePrometheus(text: string) {
  const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (-?[\d.e+-]+|NaN|[+-]Inf)(?: \d+)?$/;
  return text
    .split('\n')
    .filter((line) => line !== '' && !/^# (?:HELP|TYPE|UNIT) /.test(line))
    .map((line) => {
      const [, name, labels = '', value] = sample.exec(line) ?? [];
      if (name === undefined) throw new Error(`Not a sample: ${line}`);
      return { name, labels, value: Number(value) };
    });
}
