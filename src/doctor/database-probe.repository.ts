import { Client, type ClientConfig } from 'pg';
import { Clock } from '../clock/clock';

const CLOCK = new Clock();

const CONNECT_LIMIT_MS = 5000;
const ATTEMPTS = 3;

/** What connections to a database tell of the way there. */
export interface DatabaseSight {
  /** The database's clock, and ours in the middle of the question; in milliseconds. */
  readonly clock: { readonly database: number; readonly local: number };
  /**
   * Whether a pooler hands one server connection to several clients. Then LISTEN is lost, because the
   * connection that listens belongs to somebody else a moment later.
   */
  readonly isShared: boolean;
}

/**
 * Looks at a database through two connections of its own and changes nothing.
 *
 * Two clients that are both connected have two servers (`pg_backend_pid`), unless a pooler in transaction
 * or statement mode gives the second the server that the first has just left.
 */
export async function lookAtDatabase(parameters: ClientConfig): Promise<DatabaseSight> {
  const clients = [1, 2].map(() => clientOf(parameters));
  try {
    for (const client of clients) await client.connect();
    const [one, other] = clients as [Client, Client];
    const startedAt = CLOCK.now();
    const { rows } = await one.query<{ now: Date }>('SELECT clock_timestamp() AS now');
    const local = (startedAt + CLOCK.now()) / 2;
    const clock = { database: rows[0]?.now.getTime() ?? Number.NaN, local };
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      if (await meetsTheSameServer(one, other)) return { clock, isShared: true };
    }
    return { clock, isShared: false };
  } finally {
    await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
  }
}

async function meetsTheSameServer(one: Client, other: Client): Promise<boolean> {
  const before = await backendOf(one);
  await other.query('BEGIN READ ONLY');
  try {
    return (await backendOf(other)) === before || (await backendOf(one)) !== before;
  } finally {
    await other.query('ROLLBACK');
  }
}

async function backendOf(client: Client): Promise<number | undefined> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid;
}

function clientOf(parameters: ClientConfig): Client {
  const client = new Client({
    ...parameters,
    application_name: 'portcullis-doctor',
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
    query_timeout: CONNECT_LIMIT_MS,
  });
  // A connection that ends meanwhile is an error of the query under way, and of nobody else.
  client.on('error', () => undefined);
  return client;
}
