import {
  Inject,
  Injectable,
  Logger,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { backoffMs } from '../clock/backoff';
import { Clock } from '../clock/clock';
import { connectionParametersOf } from '../database/connection-parameters';
import { Database } from '../database/database';
import { databaseErrorCode } from '../database/database-errors';
import { AuthError } from '../errors/auth-error';
import { ConfigurationError } from '../errors/configuration-error';
import { ResolvedAuthOptions } from '../options/auth-options';
import { Telemetry } from '../telemetry/telemetry';
import type { Change } from './change';
import { ChangeFeedConnection, type Polled, type Snapshot } from './change-feed.connection';
import type { ChangeListener } from './change-listener';

/** Short, because until the feed is heard again decisions are made from memory. */
const RETRIES = { firstMs: 100, lastMs: 1000 };

/**
 * Carries every revocation and every change of authority or keys to this instance, within one second
 * of its commit.
 *
 * A notification is only a hint to look at once. What counts is the poll by snapshot, which finds
 * every committed change, also those that a lost connection or a pooler kept a notification from.
 */
@Injectable()
export class ChangeFeed implements OnModuleInit, OnModuleDestroy {
  readonly #logger = new Logger('Portcullis');
  readonly #listeners = new Set<ChangeListener>();
  #connection?: ChangeFeedConnection;
  #snapshot?: Snapshot;
  #timer?: NodeJS.Timeout;
  #polling?: Promise<void>;
  #pollAgain = false;
  #failures = 0;
  #closed = false;
  #pollStartedAt = Number.NEGATIVE_INFINITY;
  readonly #reconnects;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
    telemetry: Telemetry = new Telemetry(),
  ) {
    this.#reconnects = telemetry.counter('portcullis.change_feed.reconnects');
    telemetry.gauge('portcullis.change_feed.lag', () => this.#ageMilliseconds() / 1000);
  }

  /** Adds a listener; the returned function takes it away again. */
  subscribe(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Whether this instance knows every change but those of the last moments. */
  isFresh(): boolean {
    return this.#ageMilliseconds() <= this.options.changeFeed.maxStalenessMilliseconds;
  }

  #ageMilliseconds(): number {
    return this.clock.monotonic() - this.#pollStartedAt;
  }

  /**
   * Refuses to decide from memory that may be out of date.
   *
   * @throws AuthError `authority_stale`
   */
  assertFresh(): void {
    if (!this.isFresh()) throw new AuthError('authority_stale', { retryAfterSeconds: 1 });
  }

  /**
   * Tells the listeners of this instance at once what it has just committed. The other instances, and
   * this one a second time, hear it by the poll.
   */
  deliver(change: Change): void {
    for (const listener of this.#listeners) listener.onChange(change);
  }

  /** Looks for changes now, and resolves when those that are committed by now have been heard. */
  async catchUp(): Promise<void> {
    while (this.#polling !== undefined) await this.#polling;
    await this.#poll();
  }

  async onModuleInit(): Promise<void> {
    try {
      await this.#connect();
    } catch (error) {
      throw explain(error, this.database.schema);
    }
  }

  async onModuleDestroy(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#polling;
    await this.#connection?.close();
  }

  async #connect(): Promise<void> {
    const { listenUrl, listen } = this.options.changeFeed;
    const parameters =
      listenUrl === undefined
        ? connectionParametersOf(this.database.dataSource)
        : { connectionString: listenUrl };
    const connection = new ChangeFeedConnection(parameters, this.database.tables);
    const startedAt = this.clock.monotonic();
    try {
      await connection.open((error) => this.#lost(connection, error));
      if (listen) await connection.listen(this.database.schema, () => this.#hint());
      const polled = await connection.recent(this.#replaySeconds());
      for (const listener of this.#listeners) await listener.onReconnect?.();
      this.#hear(polled, startedAt);
    } catch (error) {
      await connection.close();
      throw error;
    }
    this.#connection = connection;
    this.#failures = 0;
    this.#schedule(this.options.changeFeed.pollMilliseconds);
  }

  /** As long as an access token of before a revocation could still be accepted, the revocation is replayed. */
  #replaySeconds(): number {
    const { ttlSeconds, clockToleranceSeconds } = this.options.accessTokens;
    return ttlSeconds + 2 * clockToleranceSeconds;
  }

  #hear(polled: Polled, startedAt: number): void {
    for (const change of polled.changes) this.deliver(change);
    this.#snapshot = polled.snapshot;
    this.#pollStartedAt = startedAt;
  }

  #hint(): void {
    if (this.#polling === undefined) void this.#poll();
    else this.#pollAgain = true;
  }

  #poll(): Promise<void> {
    this.#polling = this.#pollOnce().finally(() => {
      this.#polling = undefined;
      if (this.#pollAgain && !this.#closed) {
        this.#pollAgain = false;
        void this.#poll();
      }
    });
    return this.#polling;
  }

  async #pollOnce(): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined || this.#snapshot === undefined) return;
    clearTimeout(this.#timer);
    const startedAt = this.clock.monotonic();
    try {
      const polled = await connection.since(this.#snapshot);
      // Lost while the answer was under way: the reconnect is scheduled, and must stay so.
      if (this.#connection !== connection) return;
      this.#hear(polled, startedAt);
      this.#schedule(this.options.changeFeed.pollMilliseconds);
    } catch (error) {
      this.#lost(connection, error as Error);
    }
  }

  #lost(connection: ChangeFeedConnection, error?: Error): void {
    if (this.#closed || this.#connection !== connection) return;
    this.#connection = undefined;
    void connection.close();
    this.#reconnects.add(1);
    this.#logger.warn(`The change feed lost its connection: ${error?.message ?? 'it was closed'}`);
    this.#reconnectSoon();
  }

  #reconnectSoon(): void {
    const waitMs = backoffMs(this.#failures, RETRIES);
    this.#failures += 1;
    this.#schedule(waitMs, async () => {
      try {
        await this.#connect();
        this.#logger.log('The change feed is connected again.');
      } catch {
        if (!this.#closed) this.#reconnectSoon();
      }
    });
  }

  #schedule(milliseconds: number, work: () => Promise<void> = () => this.#poll()): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => void work(), milliseconds);
    this.#timer.unref();
  }
}

function explain(error: unknown, schema: string): unknown {
  const missing = ['42P01', '3F000'].includes(databaseErrorCode(error) ?? '');
  if (!missing) return error;
  return new ConfigurationError([
    {
      option: `the tables of schema ${schema}`,
      bound: 'migrated',
      reason:
        'they do not exist; run `npx portcullis migrate` or set migrationsRun on the DataSource',
    },
  ]);
}
