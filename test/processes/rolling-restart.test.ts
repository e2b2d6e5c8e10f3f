import { Agent, request as send } from 'node:http';
import { Balancer } from '../support/balancer';
import { emptyDatabase, type TestDatabase } from '../support/database';
import { violationsIn } from '../support/invariants';
import { ADMIN, startServerProcess, type ServerProcess } from '../support/server-process';
import { until } from '../support/until';

/** The balancer probes ten times in this. */
const DRAIN_SECONDS = 1;
const SHUTDOWN_SECONDS = 10;
const READERS = 8;
const REFRESHERS = 4;
const PATIENCE_MILLISECONDS = 30_000;
/** Between the requests of one client, so that a run stays at some tens of thousands. */
const PAUSE_MILLISECONDS = 4;

interface Answer {
  readonly status: number;
  readonly text: string;
}

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

const pause = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

describe('three instances behind a balancer', () => {
  let database: TestDatabase;
  let servers: ServerProcess[];
  let balancer: Balancer;
  const agent = new Agent({ keepAlive: true });
  const variables = (index: number, port = '0') => ({
    ADAPTER: index === 1 ? 'fastify' : 'express',
    DRAIN_SECONDS: String(DRAIN_SECONDS),
    SHUTDOWN_SECONDS: String(SHUTDOWN_SECONDS),
    PORT: port,
  });

  beforeAll(async () => {
    database = await emptyDatabase();
    servers = await Promise.all(
      [0, 1, 2].map((index) => startServerProcess(database.url, variables(index))),
    );
    balancer = await Balancer.start(servers.map(({ url }) => url));
    await until(
      'every instance is ready',
      () => servers.every((_, index) => balancer.isReady(index)),
      PATIENCE_MILLISECONDS,
    );
  }, 120_000);

  afterAll(async () => {
    agent.destroy();
    await balancer.close();
    await Promise.all(servers.map((server) => server.stop()));
    await database.drop();
  }, 60_000);

  /** Never repeats a request; 0 is an answer that did not come. */
  function ask(method: string, path: string, headers: object, body = ''): Promise<Answer> {
    return new Promise((resolve) => {
      const failed = (error: Error) => resolve({ status: 0, text: error.message });
      const options = {
        agent,
        method,
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      };
      const request = send(new URL(path, balancer.url), options, (answer) => {
        let text = '';
        answer.on('data', (chunk) => (text += String(chunk)));
        answer.on('end', () => resolve({ status: answer.statusCode!, text }));
        answer.on('error', failed);
      });
      request.on('error', failed);
      request.end(body);
    });
  }

  const post = (path: string, body: object) =>
    ask('POST', path, { 'content-type': 'application/json' }, JSON.stringify(body));

  async function signIn(): Promise<Tokens> {
    const { status, text } = await post('/auth/login', { ...ADMIN, transport: 'body' });
    expect(status).toBe(200);
    return JSON.parse(text) as Tokens;
  }

  it('F-30: are restarted one after the other under load without one failed request', async () => {
    const failures: string[] = [];
    let requests = 0;
    let isOver = false;

    const record = ({ status, text }: Answer, what: string) => {
      requests += 1;
      if (status !== 200) failures.push(`${what}: ${status} ${text.slice(0, 100)}`);
    };
    const read = async ({ access_token: token }: Tokens) => {
      while (!isOver) {
        record(await ask('GET', '/invoices', { authorization: `Bearer ${token}` }), 'GET');
        await pause(PAUSE_MILLISECONDS);
      }
    };
    /** A chain of refreshes: one lost answer would end it. */
    const refresh = async ({ refresh_token: first }: Tokens) => {
      let token = first;
      while (!isOver) {
        const answer = await post('/auth/refresh', { refresh_token: token });
        record(answer, 'refresh');
        if (answer.status === 200) token = (JSON.parse(answer.text) as Tokens).refresh_token;
        await pause(PAUSE_MILLISECONDS);
      }
    };
    const signedIn: Tokens[] = [];
    // One after the other, because many guesses at one account at once are refused.
    for (let client = 0; client < READERS + REFRESHERS; client++) signedIn.push(await signIn());
    const clients = signedIn.map((tokens, client) =>
      client < READERS ? read(tokens) : refresh(tokens),
    );

    for (const [index, server] of servers.entries()) {
      const servedBefore = balancer.servedBy(index);
      await until(
        'the next one serves',
        () => balancer.servedBy(index) > servedBefore + 50,
        PATIENCE_MILLISECONDS,
      );
      const findingsBefore = balancer.findingsOf(index).length;
      const servedAtSignal = balancer.servedBy(index);
      const signalledAt = performance.now();
      const code = await server.stop();
      const seconds = (performance.now() - signalledAt) / 1000;

      // It ended by itself, in time, and was under load when the signal came.
      expect([server.output(), code]).toEqual([expect.stringContaining('SIGTERM: finishing'), 0]);
      expect(seconds).toBeLessThan(DRAIN_SECONDS + SHUTDOWN_SECONDS);
      expect(balancer.servedBy(index)).toBeGreaterThan(servedAtSignal);
      // It said so before it was gone, and was not gone before it had drained.
      await until(
        'the probes notice',
        () => balancer.findingsOf(index).length >= findingsBefore + 2,
        PATIENCE_MILLISECONDS,
      );
      const [first, second] = balancer.findingsOf(index).slice(findingsBefore);
      expect([first!.status, second!.status]).toEqual([503, 0]);
      expect(second!.at - signalledAt).toBeGreaterThan(DRAIN_SECONDS * 1000);

      servers[index] = await startServerProcess(
        database.url,
        variables(index, new URL(server.url).port),
      );
      await until('it is ready again', () => balancer.isReady(index), PATIENCE_MILLISECONDS);
    }
    await pause(500);
    isOver = true;
    await Promise.all(clients);

    expect(failures.slice(0, 10)).toEqual([]);
    expect(requests).toBeGreaterThan(3000);
    expect(await violationsIn(database.url)).toEqual([]);
  }, 120_000);
});
