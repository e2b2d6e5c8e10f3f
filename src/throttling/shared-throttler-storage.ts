import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import type { Clock } from '../clock/clock';
import { within } from '../clock/time-limit';
import type { ResolvedRedisOptions } from '../options/redis-options';
import { Telemetry } from '../telemetry/telemetry';
import { Circuit } from './circuit';
import type { MemoryThrottlerStorage } from './memory-throttler-storage';
import { openRedisClient, type RedisClient } from './redis-client';
import { RedisThrottlerStorage } from './redis-throttler-storage';
import type { ThrottlerStorageRecord } from './request-count';

/** How long a start waits for Redis before it goes on without. */
const START_LIMIT_MS = 1000;

/** Counted to see whether Redis can count; no source has this name, and Redis forgets it at once. */
const PROBE = { key: 'probe', windowMs: 1, limit: 1 };

/**
 * Counts requests in Redis, and goes on in the memory of this instance while Redis is away. Nothing
 * fails open and nothing waits for a dead Redis.
 *
 * The memory keeps what Redis said of the sources that this instance saw. So it does not begin at zero
 * when Redis is lost, and when Redis forgets (flushed, evicted, failed over) the higher count stands.
 */
export class SharedThrottlerStorage
  implements ThrottlerStorage, OnModuleInit, OnApplicationShutdown
{
  readonly #logger = new Logger('Portcullis');
  readonly #circuit: Circuit;
  #client?: RedisClient;
  #counts?: RedisThrottlerStorage;
  readonly #countedAlone;
  #lastError?: Error;

  constructor(
    private readonly options: ResolvedRedisOptions,
    private readonly secret: Buffer,
    private readonly memory: MemoryThrottlerStorage,
    private readonly clock: Clock,
    telemetry: Telemetry = new Telemetry(),
  ) {
    this.#countedAlone = telemetry.counter('portcullis.throttle.counted_alone');
    this.#circuit = new Circuit(clock, {
      probe: () => this.#probe(),
      onOpen: (cause) =>
        this.#logger.warn(
          `Redis is away (${cause.message}): this instance counts requests alone until it is back.`,
        ),
      onClose: () => {
        this.#lastError = undefined;
        this.#logger.log('Redis is back: the instances count requests together again.');
      },
    });
  }

  /** A start without Redis is degraded, and goes on. */
  async onModuleInit(): Promise<void> {
    const client = await openRedisClient(this.options);
    client.on('error', (error) => (this.#lastError = error));
    client.on('close', () => this.#circuit.open(this.#lastError ?? new Error('it closed')));
    this.#client = client;
    this.#counts = new RedisThrottlerStorage(client, {
      prefix: this.options.keyPrefix,
      secret: this.secret,
    });
    await within(START_LIMIT_MS, client.connect()).catch((error: unknown) =>
      this.#circuit.open(this.#lastError ?? (error as Error)),
    );
  }

  onApplicationShutdown(): void {
    this.#circuit.stop();
    this.#client?.disconnect();
  }

  async increment(
    key: string,
    ttl: number,
    limit: number,
    blockDuration: number,
  ): Promise<ThrottlerStorageRecord> {
    const here = () => this.memory.increment(key, ttl, limit, blockDuration);
    const alone = () => {
      this.#countedAlone.add(1);
      return here();
    };
    if (this.#counts === undefined || !this.#circuit.isClosed) return alone();
    const askedAtMs = this.clock.monotonic();
    try {
      const count = await within(
        this.options.commandTimeoutMilliseconds,
        this.#counts.count(key, ttl, limit, blockDuration),
      );
      this.#circuit.succeeded();
      return this.memory.adopt(key, count, askedAtMs) ?? (await here());
    } catch (error) {
      this.#circuit.failed(error as Error, askedAtMs);
      return alone();
    }
  }

  /**
   * It counts, because a Redis that is full or takes no writes still answers a ping. A connection that
   * gives no answer may be one that only this end still knows: another is made.
   */
  async #probe(): Promise<void> {
    try {
      await within(this.options.commandTimeoutMilliseconds, this.#countProbe());
    } catch (error) {
      if (/timed out/i.test((error as Error).message)) this.#client?.disconnect(true);
      throw error;
    }
  }

  async #countProbe(): Promise<void> {
    const { key, windowMs, limit } = PROBE;
    await this.#counts?.count(key, windowMs, limit, windowMs);
  }
}
