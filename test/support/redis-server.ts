import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from './free-port';
import { systemProgram } from './system-program';

const START_LIMIT_MS = 20_000;
const POLL_MS = 20;

/** A real Redis of the tests' own on a port of the loopback that stays the same. It keeps nothing on disk. */
export class RedisServer {
  #process?: ChildProcess;

  private constructor(
    readonly port: number,
    private readonly settings: readonly string[],
  ) {}

  /** @param settings further arguments, for example `--maxmemory 2mb` in two elements */
  static async start(...settings: string[]): Promise<RedisServer> {
    const server = await RedisServer.reserve(...settings);
    await server.start();
    return server;
  }

  /** A Redis that does not run yet. */
  static async reserve(...settings: string[]): Promise<RedisServer> {
    return new RedisServer(await freePort(), settings);
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const program = systemProgram('redis-server');
    if (program === undefined) throw new Error('redis-server is not installed');
    const own = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--dir', '/tmp'];
    const child = spawn(program, [...own, '--appendonly', 'no', ...this.settings], {
      stdio: 'ignore',
    });
    this.#process = child;
    const deadline = Date.now() + START_LIMIT_MS;
    for (;;) {
      if (child.exitCode !== null) throw new Error(`redis-server exited with ${child.exitCode}`);
      const answered = await this.ask((redis) => redis.ping()).catch(() => undefined);
      if (answered === 'PONG') return;
      if (Date.now() > deadline) throw new Error('redis-server does not answer');
      await sleep(POLL_MS);
    }
  }

  /** Runs commands on a connection of their own. */
  async ask<Result>(work: (redis: Redis) => Promise<Result>): Promise<Result> {
    const redis = new Redis(this.url, { lazyConnect: true, retryStrategy: () => null });
    redis.on('error', () => undefined);
    try {
      await redis.connect();
      return await work(redis);
    } finally {
      redis.disconnect();
    }
  }

  /** It hangs: connections stay open, and nothing is answered. */
  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exited;
  }
}
