import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Piscina } from 'piscina';
import { Clock } from '../clock/clock';
import { ResolvedAuthOptions } from '../options/auth-options';
import { isAuthError } from '../errors/auth-error';
import { labels } from '../telemetry/labels';
import { Telemetry } from '../telemetry/telemetry';
import { HashQueue, type HashPlace } from './hash-queue';
import type { HashTask } from './hash-task';

/** What a hash gave, and when a thread began with it. */
export interface Hashed<Result> {
  readonly result: Result;
  /** On the monotonic clock. */
  readonly startedMs: number;
  readonly tookMs: number;
}

const GOT_A_THREAD = labels({});
const REFUSED_A_THREAD = labels({ 'error.type': 'overloaded' });

const WORKER_FILE = join(__dirname, 'bcrypt.worker.js');

/**
 * The threads that hash. The synchronous functions run in them, because the asynchronous ones would
 * take the four threads of libuv, which files and DNS need too (LG-16).
 */
@Injectable()
export class HashWorkers implements OnApplicationShutdown {
  readonly #queue: HashQueue;
  readonly #pool: Piscina<HashTask, unknown>;
  readonly #waits;

  constructor(
    @Inject(ResolvedAuthOptions) { passwords }: ResolvedAuthOptions,
    private readonly clock: Clock,
    private readonly telemetry: Telemetry = new Telemetry(),
  ) {
    this.#waits = telemetry.histogram('portcullis.hash_queue.wait');
    telemetry.gauge('portcullis.hash_queue.waiting', () => this.#queue.waiting);
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
    return this.telemetry.span('portcullis.password.hash', () => this.#run(task, place));
  }

  async #run(task: HashTask, place: HashPlace): Promise<Hashed<unknown>> {
    const askedMs = this.clock.monotonic();
    try {
      return await this.#queue.run(place, async () => {
        const startedMs = this.clock.monotonic();
        this.#waits.record((startedMs - askedMs) / 1000, GOT_A_THREAD);
        const result = await this.#pool.run(task);
        return { result, startedMs, tookMs: this.clock.monotonic() - startedMs };
      });
    } catch (error) {
      // The queue's own refusal: no thread ever began.
      if (isAuthError(error)) {
        this.#waits.record((this.clock.monotonic() - askedMs) / 1000, REFUSED_A_THREAD);
      }
      throw error;
    }
  }

  /** After the server has answered its last request; on module destroy logins may be under way. */
  async onApplicationShutdown(): Promise<void> {
    this.#queue.close();
    await this.#pool.close();
  }
}
