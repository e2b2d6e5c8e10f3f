import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { DataSource } from 'typeorm';
import { Database } from '../../src/database/database';
import { emptyDatabase, type TestDatabase } from '../support/database';

/** The message by which PostgreSQL says that it takes statements: the end of opening a connection. */
const READY_FOR_QUERY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

/** What a server that is shut down says to each connection before it ends it. */
const ADMIN_SHUTDOWN = errorResponse({
  S: 'FATAL',
  V: 'FATAL',
  C: '57P01',
  M: 'terminating connection due to administrator command',
});

/** A way to a database; while it is shutting down, a connection ends in the packet that opened it. */
class DyingServer {
  isShuttingDown = false;
  ended = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(private readonly target: URL) {
    this.#server = createServer((near) => this.#join(near));
  }

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const url = new URL(this.target);
    url.host = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return url.href;
  }

  stop(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(near: Socket): void {
    const far = connect(Number(this.target.port), this.target.hostname);
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
    }
    near.pipe(far);
    far.on('close', () => near.destroy());
    far.on('data', (chunk: Buffer) => {
      if (!this.isShuttingDown || !chunk.includes(READY_FOR_QUERY)) {
        near.write(chunk);
        return;
      }
      this.ended += 1;
      near.end(Buffer.concat([chunk, ADMIN_SHUTDOWN]));
    });
  }
}

function errorResponse(fields: Readonly<Record<string, string>>): Buffer {
  const text = Object.entries(fields).map(([name, value]) => `${name}${value}\0`);
  const body = Buffer.from(`${text.join('')}\0`);
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from('E'), length, body]);
}

describe('a connection that PostgreSQL ends in the packet that opened it', () => {
  let database: TestDatabase;
  let server: DyingServer;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await emptyDatabase();
    server = new DyingServer(new URL(database.url));
    dataSource = new DataSource({ type: 'postgres', url: await server.start(), poolSize: 4 });
    await dataSource.initialize();
  });
  afterAll(async () => {
    await dataSource.destroy();
    server.stop();
    await database.drop();
  });

  // An error that nobody listens to fails the test, as it would end a process.
  it('F-1: ends no process: who asked hears that the database is away, and the next is served', async () => {
    const portcullis = new Database(dataSource);
    server.isShuttingDown = true;
    // The one connection that is there already lives on, so that the others have to be opened.
    const asked = Array.from({ length: 4 }, () => portcullis.query('SELECT pg_sleep(0.2)'));
    const answers = await Promise.allSettled(asked);
    server.isShuttingDown = false;

    expect(server.ended).toBeGreaterThan(0);
    const refused = answers.filter((answer) => answer.status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    for (const { reason } of refused) {
      expect(reason).toMatchObject({ code: 'database_unavailable' });
    }
    expect(await portcullis.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});
