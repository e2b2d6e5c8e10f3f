import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { emptyDatabase, type TestDatabase } from '../support/database';
import { ADMIN, startServerProcess, type ServerProcess } from '../support/server-process';

const INSTANCES = 3;
const BOUND_MILLISECONDS = 1000;
const SECRET = 'Xk3vQ9rTz1Lm7Wp5Yc2Nh8Bf4Sd6Jg0A';
const BASIC = `Basic ${Buffer.from(`orders:${SECRET}`).toString('base64')}`;

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

/** A resource server that shares nothing with us but a secret: it asks one instance about each request. */
async function startResourceServer(introspectAt: string): Promise<{ url: string; server: Server }> {
  const server = createServer((request, answer) => {
    const token = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
    fetch(`${introspectAt}/auth/introspect`, {
      method: 'POST',
      headers: { authorization: BASIC },
      body: new URLSearchParams({ token }),
    })
      .then((introspection) => introspection.json() as Promise<{ active?: boolean }>)
      .then(({ active }) => answer.writeHead(active === true ? 200 : 401).end())
      .catch(() => answer.writeHead(503).end());
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

describe('a foreign resource server that introspects at three instances', () => {
  let database: TestDatabase;
  let servers: ServerProcess[];
  let foreign: { url: string; server: Server }[];

  beforeAll(async () => {
    database = await emptyDatabase();
    const variables = {
      RESOURCE_SERVERS: `orders:${SECRET}`,
      THROTTLE_TOKENS_LIMIT: '1000000',
    };
    servers = await Promise.all(
      Array.from({ length: INSTANCES }, () => startServerProcess(database.url, variables)),
    );
    foreign = await Promise.all(servers.map(({ url }) => startResourceServer(url)));
  }, 120_000);

  afterAll(async () => {
    for (const { server } of foreign) {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    }
    await Promise.all(servers.map((server) => server.stop()));
    await database.drop();
  }, 60_000);

  async function login(instance: number): Promise<Tokens> {
    const response = await fetch(`${servers[instance % INSTANCES]!.url}/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...ADMIN, transport: 'body' }),
    });
    return (await response.json()) as Tokens;
  }

  async function revoke(instance: number, form: Record<string, string>, by = ''): Promise<number> {
    const response = await fetch(`${servers[instance % INSTANCES]!.url}/auth/revoke`, {
      method: 'POST',
      headers: by === '' ? {} : { authorization: by },
      body: new URLSearchParams(form),
    });
    return response.status;
  }

  const statusesFor = (token: string) =>
    Promise.all(
      foreign.map(async ({ url }) => {
        const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
        return response.status;
      }),
    );

  /** Milliseconds until every resource server refuses a token. */
  async function refusedEverywhereAfter(token: string): Promise<number> {
    const startedAt = performance.now();
    for (;;) {
      const statuses = await statusesFor(token);
      const elapsed = performance.now() - startedAt;
      if (statuses.every((status) => status === 401)) return elapsed;
      if (elapsed > 5 * BOUND_MILLISECONDS) return elapsed;
    }
  }

  it('JW-11: refuses a revoked token within a second, whichever instance it asks', async () => {
    const delays: number[] = [];
    for (let round = 0; round < 12; round += 1) {
      const { access_token: access, refresh_token: refresh } = await login(round);
      expect(await statusesFor(access)).toEqual([200, 200, 200]);
      const status =
        round % 2 === 0
          ? await revoke(round, { token: refresh, client_id: 'web' })
          : await revoke(round, { token: access }, BASIC);
      expect(status).toBe(200);
      delays.push(await refusedEverywhereAfter(access));
    }
    expect(Math.max(...delays)).toBeLessThan(BOUND_MILLISECONDS);
  }, 60_000);

  it('JW-11: the same after a logout everywhere', async () => {
    const [one, other] = [await login(0), await login(1)];
    expect(await statusesFor(other.access_token)).toEqual([200, 200, 200]);
    await fetch(`${servers[2]!.url}/auth/logout`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${one.access_token}`,
      },
      body: JSON.stringify({ scope: 'all' }),
    });
    expect(await refusedEverywhereAfter(other.access_token)).toBeLessThan(BOUND_MILLISECONDS);
  });
});
