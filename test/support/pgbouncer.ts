import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port';
import { systemProgram } from './system-program';
import { execute } from './test-server';

const START_LIMIT_MILLISECONDS = 20_000;

/** `nobody`: pgbouncer refuses to run as root. */
const NOBODY = 65_534;

/** A pgbouncer of one test file, in transaction mode: no two transactions of a client need have one connection. */
export class PgBouncer {
  #process?: ChildProcess;

  private constructor(
    private readonly target: URL,
    private readonly folder: string,
    private readonly port: number,
  ) {}

  /**
   * @param poolSize connections to PostgreSQL, for all clients together: fewer than clients, so that
   *   they have to share
   */
  static async before(databaseUrl: string, poolSize: number): Promise<PgBouncer> {
    const folder = mkdtempSync(join(tmpdir(), 'portcullis-pgbouncer-'));
    chmodSync(folder, 0o755);
    const bouncer = new PgBouncer(new URL(databaseUrl), folder, await freePort());
    await bouncer.#start(poolSize);
    return bouncer;
  }

  /** The database by way of this pooler. */
  get url(): string {
    const url = new URL(this.target);
    url.host = `127.0.0.1:${this.port}`;
    url.search = '';
    return url.toString();
  }

  /** What the pooler says of itself. */
  async show(what: 'POOLS' | 'SERVERS' | 'STATS_TOTALS'): Promise<readonly object[]> {
    const url = new URL(this.url);
    url.pathname = '/pgbouncer';
    return execute(url.toString(), `SHOW ${what}`);
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (child !== undefined && child.exitCode === null) {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await exited;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #start(poolSize: number): Promise<void> {
    const program = systemProgram('pgbouncer');
    if (program === undefined) throw new Error('pgbouncer is not installed');
    const { hostname, port, username, password } = this.target;
    const socket = this.target.searchParams.get('host');
    const user = decodeURIComponent(username);
    const secret = decodeURIComponent(password);
    const settings = join(this.folder, 'pgbouncer.ini');
    writeFileSync(
      join(this.folder, 'users.txt'),
      `"${user.replaceAll('"', '""')}" "${secret.replaceAll('"', '""')}"\n`,
      { mode: 0o644 },
    );
    writeFileSync(
      settings,
      `[databases]
* = host=${socket ?? hostname} port=${port || '5432'}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${this.port}
unix_socket_dir =
auth_type = plain
auth_file = ${join(this.folder, 'users.txt')}
admin_users = ${user}
pool_mode = transaction
default_pool_size = ${poolSize}
max_client_conn = 500
server_reset_query =
`,
      { mode: 0o644 },
    );
    const isRoot = process.getuid?.() === 0;
    const child = spawn(program, ['--quiet', settings], {
      stdio: 'ignore',
      ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
    });
    this.#process = child;
    const deadline = Date.now() + START_LIMIT_MILLISECONDS;
    for (;;) {
      if (child.exitCode !== null) throw new Error(`pgbouncer exited with ${child.exitCode}`);
      try {
        await execute(this.url, 'SELECT 1');
        return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await sleep(50);
      }
    }
  }
}
