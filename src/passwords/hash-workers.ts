import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Piscina } from 'piscina';
import { Clock } from '../clock/clock';
import { ResolvedAuthOptions } from '../options/auth-options';
import { HashQueue, type HashPlace } from './hash-queue';
import type { HashTask } from './hash-task';

/** What a hash gave, and when a thread began with it. */
export interface Hashed<Result> {
  readonly result: Result;
  /** On the monotonic clock. */
  readonly startedMs: number;
  readonly tookMs: number;
}

const WORKER_FILE = join(__dirname, 'bcrypt.worker.js');

/**
 * The threads that hash. The synchronous functions run in them, because the asynchronous ones would
 * take the four threads of libuv, which files and DNS need too (LG-16).
 */
@Injectable()
export class HashWorkers implements OnApplicationShutdown {
  readonly #queue: HashQueue;
  readonly #pool: Piscina<HashTask, unknown>;

  constructor(
    @Inject(ResolvedAuthOptions) { passwords }: ResolvedAuthOptions,
    private readonly clock: Clock,
  ) {
    const threads = passwords.hashThreads === 0 ? availableParallelism() : passwords.hashThreads;
    this.#queue = new HashQueue({
      threads,
      limit: passwords.hashQueueLimit,
      limitPerSource: passwords.hashQueuePerSource,
      waitSeconds: passwords.hashWaitSeconds,
    });
    // The queue above never has more than `threads` tasks under way, so the pool's own stays empty.
    // All threads exist from the start: one that grows under load hashes on too few of them for long.
    this.#pool = new Piscina({ filename: WORKER_FILE, minThreads: threads, maxThreads: threads });
  }

  /** How long one hash takes, for the `Retry-After` of those refused. */
  expect(typicalMs: number): void {
    this.#queue.expect(typicalMs);
  }

  /** @throws AuthError `overloaded` */
  run(task: HashTask & { readonly kind: 'bcrypt-hash' }, place: HashPlace): Promise<Hashed<string>>;
  run(
    task: Exclude<HashTask, { readonly kind: 'bcrypt-hash' }>,
    place: HashPlace,
  ): Promise<Hashed<boolean>>;
  run(task: HashTask, place: HashPlace): Promise<Hashed<unknown>> {
    return this.#queue.run(place, async () => {
      const startedMs = this.clock.monotonic();
      const result = await this.#pool.run(task);
      return { result, startedMs, tookMs: this.clock.monotonic() - startedMs };
    });
  }

  /** After the server has answered its last request; on module destroy logins may be under way. */
  async onApplicationShutdown(): Promise<void> {
    this.#queue.close();
    await this.#pool.close();
  }
}
