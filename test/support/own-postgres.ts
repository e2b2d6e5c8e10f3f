import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { removeDevPostgres, startDevPostgres, type DevPostgres } from '@portcullis/dev-postgres';
import { freePort } from './free-port';
import { execute, freshName, urlOf } from './test-server';

const GONE_LIMIT_MILLISECONDS = 10_000;

/** `fast` ends connections and writes everything down; `immediate` is a crash. */
export type StopMode = 'fast' | 'immediate';

/**
 * A PostgreSQL of one test file, which may stop, crash, be reconfigured and come back on its port.
 * The server of the run must never be: the other files stand on it.
 */
export class OwnPostgres {
  #server: DevPostgres;

  private constructor(
    private readonly options: Parameters<typeof startDevPostgres>[0],
    server: DevPostgres,
  ) {
    this.#server = server;
  }

  static async start(settings: Readonly<Record<string, string>> = {}): Promise<OwnPostgres> {
    const options = {
      dataDirectory: mkdtempSync(join(tmpdir(), 'portcullis-faults-')),
      durability: 'relaxed',
      settings: { ...settings, port: String(await freePort()) },
    } as const;
    return new OwnPostgres(options, await startDevPostgres(options));
  }

  /** Of the superuser, for the database `postgres`. */
  get adminUrl(): string {
    return this.#server.connectionUrl();
  }

  /** The same database of this server. */
  urlLike(databaseUrl: string): string {
    return urlOf(this.adminUrl, new URL(databaseUrl).pathname.slice(1));
  }

  get pid(): number {
    return this.#server.pid;
  }

  /** Everything the server wrote, over all its lives. */
  get log(): string {
    return readFileSync(join(this.options.dataDirectory, 'server.log'), 'utf8');
  }

  /** An empty database; the first instance that starts on it migrates it. */
  async createDatabase(): Promise<string> {
    const name = freshName('faults_');
    await this.#server.createDatabase(name);
    return urlOf(this.adminUrl, name);
  }

  async stop(mode: StopMode = 'fast'): Promise<void> {
    if (mode === 'immediate') {
      const { pid } = this.#server;
      process.kill(pid, 'SIGQUIT');
      for (let waited = 0; isRunning(pid); waited += 10) {
        if (waited > GONE_LIMIT_MILLISECONDS) throw new Error(`PostgreSQL (pid ${pid}) lives on`);
        await sleep(10);
      }
    }
    await this.#server.stop();
  }

  /** Resolves when it takes connections again. */
  async start(): Promise<void> {
    this.#server = await startDevPostgres(this.options);
  }

  /**
   * A second server that follows this one by streaming, as a hot standby. This one is stopped while
   * its files are copied.
   *
   * @param upstream where it follows, when not directly
   */
  async makeStandby(upstream: string): Promise<OwnPostgres> {
    const dataDirectory = mkdtempSync(join(tmpdir(), 'portcullis-standby-'));
    const from = this.options.dataDirectory;
    await this.stop();
    // Unlike Node's own copy, this keeps the owner, which is not root.
    spawnSync('cp', ['-a', `${from}/.`, dataDirectory]);
    rmSync(join(dataDirectory, 'leases'), { recursive: true });
    writeFileSync(join(dataDirectory, 'cluster', 'standby.signal'), '');
    await this.start();
    const { port, password, username } = new URL(upstream);
    const settings = {
      port: String(await freePort()),
      primary_conninfo: `host=127.0.0.1 port=${port} user=${username} password=${password}`,
    };
    const options = { dataDirectory, durability: 'relaxed', settings } as const;
    return new OwnPostgres(options, await startDevPostgres(options));
  }

  /** Changes a setting for everybody, for good. */
  async configure(name: string, value: string): Promise<void> {
    await execute(
      this.adminUrl,
      `ALTER SYSTEM SET ${name} = '${value}'`,
      'SELECT pg_reload_conf()',
    );
  }

  async destroy(): Promise<void> {
    await this.#server.stop();
    await removeDevPostgres(this.options.dataDirectory);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
