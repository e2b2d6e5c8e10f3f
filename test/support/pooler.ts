import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';

const PROGRAM = '/usr/sbin/pgbouncer';
/** It refuses to run as root. */
const NOBODY = 65_534;

/** A pgbouncer in transaction mode in front of one database. */
export interface Pooler {
  readonly url: string;
  stop(): Promise<void>;
}

/** Whether the machine has one; says loudly where it has not. */
export function hasPooler(): boolean {
  if (existsSync(PROGRAM)) return true;
  process.stderr.write(`\nSKIPPED: ${PROGRAM} is missing, so nothing is proven about poolers.\n`);
  return false;
}

export async function startPooler(databaseUrl: string): Promise<Pooler> {
  const target = new URL(databaseUrl);
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-pooler-'));
  chmodSync(directory, 0o755);
  const port = await freePort();
  const [user, password] = [target.username, target.password].map(decodeURIComponent);
  const host = target.searchParams.get('host') ?? target.hostname;
  const name = target.pathname.slice(1);
  const configuration = join(directory, 'pgbouncer.ini');
  writeFileSync(
    configuration,
    [
      '[databases]',
      `${name} = host=${host} port=${target.port || '5432'} user=${user} password=${password}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = any',
      'pool_mode = transaction',
      'ignore_startup_parameters = extra_float_digits,options',
    ].join('\n'),
  );
  const isRoot = process.getuid?.() === 0;
  const child = spawn(PROGRAM, [configuration], {
    stdio: 'ignore',
    ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const url = `postgres://${user}@127.0.0.1:${port}/${name}`;
  await untilItServes(url);
  return {
    url,
    async stop() {
      child.kill('SIGINT');
      await ended;
      rmSync(directory, { recursive: true });
    },
  };
}

async function untilItServes(url: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const client = new Client({ connectionString: url });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('SELECT 1');
      return;
    } catch (error) {
      if (attempt === 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
