import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emptyDatabase, type TestDatabase } from '../support/database';
import { freePort } from '../support/free-port';
import { ADMIN, startServerProcess, type ServerProcess } from '../support/server-process';
import { describeWith, systemProgram } from '../support/system-program';
import { until } from '../support/until';

/** What a client may claim about where it comes from, and what the server would believe of a proxy. */
const CLAIMS = {
  'x-forwarded-for': '203.0.113.7',
  forwarded: 'for=203.0.113.7',
  'x-real-ip': '203.0.113.7',
  'x-forwarded-host': 'evil.example',
  'x-request-id': 'chosen-by-the-client',
};

const CLIENTS = 6;
const PATIENCE_MILLISECONDS = 30_000;

interface Answer {
  readonly status: number;
  readonly requestId: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}

describeWith('haproxy', 'two instances behind the proxy of docker-compose.yml', () => {
  let database: TestDatabase;
  let servers: ServerProcess[];
  let haproxy: ChildProcess;
  let folder: string;
  let url: string;

  beforeAll(async () => {
    database = await emptyDatabase();
    servers = await Promise.all(
      ['express', 'fastify'].map((adapter) =>
        startServerProcess(database.url, {
          ADAPTER: adapter,
          PROXY_HOPS: '1',
          DRAIN_SECONDS: '5',
        }),
      ),
    );
    folder = mkdtempSync(join(tmpdir(), 'portcullis-haproxy-'));
    const port = await freePort();
    const file = join(folder, 'haproxy.cfg');
    writeFileSync(file, configuration(port));
    haproxy = spawn(systemProgram('haproxy')!, ['-f', file], { stdio: 'ignore' });
    url = `http://127.0.0.1:${port}`;
    await until(
      'the proxy serves',
      async () => (await fetch(`${url}/health/live`).catch(() => undefined))?.ok === true,
      PATIENCE_MILLISECONDS,
    );
  }, 120_000);

  afterAll(async () => {
    haproxy.kill('SIGKILL');
    await Promise.all(servers.map((server) => server.stop()));
    rmSync(folder, { recursive: true });
    await database.drop();
  }, 60_000);

  /** As it is committed, but for its own port and the places of the instances. */
  function configuration(port: number): string {
    const committed = readFileSync(join(__dirname, '../../deploy/haproxy.cfg'), 'utf8');
    return servers.reduce(
      (text, server, index) =>
        text.replace(`app-${index + 1}:3000`, `127.0.0.1:${new URL(server.url).port}`),
      committed.replace('bind :8080', `bind 127.0.0.1:${port}`),
    );
  }

  async function ask(
    method: string,
    path: string,
    { body, headers = {} }: { body?: object; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return {
      status: answer.status,
      requestId: answer.headers.get('x-request-id'),
      body: (await answer.json()) as Answer['body'],
    };
  }

  async function signIn(headers: Record<string, string> = {}): Promise<Record<string, string>> {
    const credentials = { ...ADMIN, transport: 'body' };
    const { status, body } = await ask('POST', '/auth/login', { body: credentials, headers });
    expect(status).toBe(200);
    return { authorization: `Bearer ${String(body.access_token)}` };
  }

  it('LG-5: no client says where it comes from, nor what its request is called', async () => {
    const headers = await signIn(CLAIMS);
    const { requestId, body } = await ask('GET', '/auth/sessions', {
      headers: { ...headers, ...CLAIMS },
    });
    expect(JSON.stringify(body)).toContain('"ip":"127.0.0.1"');
    expect(JSON.stringify(body)).not.toContain('203.0.113.7');
    expect(requestId).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
  });

  it('F-30: an instance that stops under load loses no request', async () => {
    const headers = await signIn();
    const statuses = new Map<string, number>();
    let isOver = false;
    const clients = Array.from({ length: CLIENTS }, async () => {
      while (!isOver) {
        const status = await ask('GET', '/invoices', { headers }).then(
          (answer) => String(answer.status),
          (error: unknown) => String(error),
        );
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    });
    await until('answers', () => (statuses.get('200') ?? 0) > 100, PATIENCE_MILLISECONDS);
    const before = statuses.get('200')!;
    expect(await servers[0]!.stop()).toBe(0);
    await until('answers go on', () => statuses.get('200')! > before + 100, PATIENCE_MILLISECONDS);
    isOver = true;
    await Promise.all(clients);
    expect([...statuses.keys()]).toEqual(['200']);
  }, 60_000);
});
