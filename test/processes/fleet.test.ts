import { connect } from 'node:net';
import { Client } from 'pg';
import { emptyDatabase, type TestDatabase } from '../support/database';
import { violationsIn } from '../support/invariants';
import { ADMIN, startServerProcess, type ServerProcess } from '../support/server-process';

const INSTANCES = 3;
const BOUND_MILLISECONDS = 1000;
const USER_AGENT = 'fleet';

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly session: { readonly id: string };
}

interface Answer {
  readonly status: number;
  readonly body: Partial<Tokens> & { readonly code?: string };
}

describe('three instances on one database', () => {
  let database: TestDatabase;
  let servers: ServerProcess[];
  let client: Client;

  beforeAll(async () => {
    database = await emptyDatabase();
    servers = await Promise.all(
      Array.from({ length: INSTANCES }, () => startServerProcess(database.url)),
    );
    client = new Client({ connectionString: database.url });
    await client.connect();
  }, 120_000);

  afterAll(async () => {
    await client.end();
    await Promise.all(servers.map((server) => server.stop()));
    await database.drop();
  }, 60_000);

  const urlOf = (index: number) => servers[index % INSTANCES]!.url;

  async function post(index: number, path: string, body: object, token?: string): Promise<Answer> {
    const response = await fetch(`${urlOf(index)}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': USER_AGENT,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Tokens) };
  }

  async function login(index = 0): Promise<Tokens> {
    const { status, body } = await post(index, '/auth/login', { ...ADMIN, transport: 'body' });
    expect(status).toBe(200);
    return body as Tokens;
  }

  /** As a client does it: 503 says "try again", and nothing else. */
  async function refresh(index: number, token: string): Promise<Answer> {
    for (let attempt = 0; ; attempt += 1) {
      const answer = await post(index, '/auth/refresh', { refresh_token: token });
      if (answer.status !== 503 || attempt === 20) return answer;
    }
  }

  async function statusOf(index: number, accessToken: string): Promise<number> {
    const response = await fetch(`${urlOf(index)}/reports/summary`, {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    await response.arrayBuffer();
    return response.status;
  }

  async function counterOf(sessionId: string): Promise<number> {
    const { rows } = await client.query<{ counter: number }>(
      'SELECT counter FROM auth.sessions WHERE id = $1',
      [sessionId],
    );
    return rows[0]!.counter;
  }

  /** Milliseconds until every instance refuses a token. */
  async function refusedEverywhereAfter(accessToken: string): Promise<number> {
    const startedAt = performance.now();
    for (;;) {
      const statuses = await Promise.all(servers.map((_, index) => statusOf(index, accessToken)));
      const elapsed = performance.now() - startedAt;
      if (statuses.every((status) => status === 401) || elapsed > 5 * BOUND_MILLISECONDS) {
        return elapsed;
      }
    }
  }

  it('LG-11: made one administrator and one signing key, although all three started at once', async () => {
    const { rows } = await client.query(
      `SELECT (SELECT count(*)::int FROM auth.signing_keys) AS keys,
              (SELECT count(*)::int FROM auth.accounts WHERE email = $1) AS administrators`,
      [ADMIN.email],
    );
    expect(rows[0]).toEqual({ keys: 1, administrators: 1 });
  });

  it('RT-3: gives 100 parallel refreshes of one token the same one successor, in 20 rounds', async () => {
    for (let round = 0; round < 20; round += 1) {
      const { refresh_token: token, session } = await login(round);
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, index) => refresh(index, token)),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      const successors = new Set(answers.map(({ body }) => body.refresh_token));
      expect(successors.size).toBe(1);
      expect(await counterOf(session.id)).toBe(1);
      const [successor] = successors;
      expect((await refresh(round, successor!)).status).toBe(200);
    }
    const { rows } = await client.query(
      `SELECT count(*)::int AS alarms FROM auth.audit_events WHERE action = 'authn_token_reuse'`,
    );
    expect(rows[0]).toEqual({ alarms: 0 });
    expect(await violationsIn(database.url)).toEqual([]);
  }, 120_000);

  it('RT-5: recovers an answer that was lost after the commit, on another instance', async () => {
    const { refresh_token: token, session } = await login();
    await loseAnswer(urlOf(0), token, () => counterOf(session.id));
    const retried = await refresh(1, token);
    expect(retried.status).toBe(200);
    expect(await counterOf(session.id)).toBe(1);
    const used = await refresh(2, retried.body.refresh_token!);
    expect([used.status, await counterOf(session.id)]).toEqual([200, 2]);
    expect((await refresh(0, token)).body.code).toBe('refresh_reused');
  });

  it('lets revocation win over a refresh that races it, in 100 rounds', async () => {
    for (let round = 0; round < 100; round += 1) {
      const tokens = await login(round);
      const [answer] = await Promise.all([
        refresh(round, tokens.refresh_token),
        post(round + 1, '/auth/logout', { refresh_token: tokens.refresh_token }),
      ]);
      expect([200, 401]).toContain(answer.status);
      const last = answer.body.refresh_token ?? tokens.refresh_token;
      const after = await refresh(round + 2, last);
      expect([after.status, after.body.code]).toEqual([401, 'session_revoked']);
    }
    expect(await violationsIn(database.url)).toEqual([]);
  }, 180_000);

  it('F-6, F-18: leaves no live session when logout everywhere races logins and refreshes', async () => {
    for (let round = 0; round < 15; round += 1) {
      const [leader, follower] = [await login(round), await login(round + 1)];
      const [everywhere, late, renewed] = await Promise.all([
        post(round, '/auth/logout', { scope: 'all' }, leader.access_token),
        post(round + 1, '/auth/login', { ...ADMIN, transport: 'body' }),
        refresh(round + 2, follower.refresh_token),
      ]);
      expect(everywhere.status).toBe(204);
      expect([200, 401]).toContain(late.status);
      expect([200, 401]).toContain(renewed.status);
      const survivor = renewed.body.refresh_token ?? follower.refresh_token;
      expect((await refresh(round, survivor)).status).toBe(401);
    }
    expect(await violationsIn(database.url)).toEqual([]);
  }, 120_000);

  it('JW-11: refuses the access token of an ended session on every instance within a second', async () => {
    const delays: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      const tokens = await login(round);
      for (let index = 0; index < INSTANCES; index += 1) {
        expect(await statusOf(index, tokens.access_token)).toBe(200);
      }
      await post(round, '/auth/logout', { refresh_token: tokens.refresh_token });
      delays.push(await refusedEverywhereAfter(tokens.access_token));
    }
    expect(Math.max(...delays)).toBeLessThan(BOUND_MILLISECONDS);
  });

  it('JW-11: holds the bound by polling when the listening connections were cut', async () => {
    const tokens = await login();
    expect(await statusOf(1, tokens.access_token)).toBe(200);
    const { rowCount } = await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'portcullis-change-feed'`,
    );
    expect(rowCount).toBe(INSTANCES);
    await post(0, '/auth/logout', { refresh_token: tokens.refresh_token });
    expect(await refusedEverywhereAfter(tokens.access_token)).toBeLessThan(BOUND_MILLISECONDS);
  });

  it('FS-3: keeps every process alive and without an unhandled rejection', () => {
    for (const server of servers) {
      expect(() => process.kill(server.pid, 0)).not.toThrow();
      expect(server.output()).not.toMatch(/unhandled|uncaught/i);
    }
  });
});

/** Sends a refresh and cuts the connection once the rotation is committed, before the answer is read. */
async function loseAnswer(
  url: string,
  token: string,
  counter: () => Promise<number>,
): Promise<void> {
  const { hostname, port } = new URL(url);
  const before = await counter();
  const body = JSON.stringify({ refresh_token: token });
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.pause();
  socket.write(
    `POST /auth/refresh HTTP/1.1\r\nHost: ${hostname}\r\nUser-Agent: ${USER_AGENT}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  for (let look = 0; look < 500 && (await counter()) === before; look += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await counter()).toBe(before + 1);
  socket.destroy();
}
