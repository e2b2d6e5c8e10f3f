import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { Clock } from '../clock/clock';
import { ResolvedAuthOptions } from '../options/auth-options';
import type { ResolvedDeliveryOptions } from '../options/delivery-options';
import { MessageSender } from '../options/message-sender';
import { labelsBy } from '../telemetry/labels';
import { Telemetry } from '../telemetry/telemetry';
import { DeliveriesRepository, type Backlog, type ClaimedDelivery } from './deliveries.repository';
import { DeliveryAttempt, type AttemptOutcome } from './delivery-attempt';
import { NoticeMessages } from './notice-messages';

/** A lease outlasts the attempt by what its end may still take: the statement that settles it. */
const LEASE_MARGIN_SECONDS = 30;
/** How long a shutdown waits for attempts under way. */
const SHUTDOWN_WAIT_MS = 2000;
const WARNING_INTERVAL_MS = 60_000;

const endedAs = labelsBy((outcome: AttemptOutcome | 'abandoned') => ({
  'portcullis.delivery.outcome': outcome,
}));

/**
 * Sends what waits in the outbox. Every instance has one; they share the work, and none holds another
 * up: a mail that hangs takes one place for as long as one attempt may last.
 */
@Injectable()
export class DeliveryWorker implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #logger = new Logger('Portcullis');
  readonly #options?: ResolvedDeliveryOptions;
  readonly #underWay = new Map<DeliveryAttempt, Promise<unknown>>();
  #timer?: NodeJS.Timeout;
  #looking?: Promise<void>;
  #closed = false;
  #warnedAt = Number.NEGATIVE_INFINITY;
  readonly #attempts;

  constructor(
    @Inject(ResolvedAuthOptions) { delivery }: ResolvedAuthOptions,
    @Inject(MessageSender) private readonly sender: MessageSender,
    private readonly deliveries: DeliveriesRepository,
    private readonly messages: NoticeMessages,
    private readonly clock: Clock,
    private readonly telemetry: Telemetry,
  ) {
    this.#options = delivery;
    this.#attempts = telemetry.counter('portcullis.delivery.attempts');
    if (delivery !== undefined) this.#watchBacklog();
  }

  /** How many mails this instance is sending. */
  get sending(): number {
    return this.#underWay.size;
  }

  onApplicationBootstrap(): void {
    // Not at once: a command of the command line is over by then.
    if (this.#options !== undefined) this.#schedule(this.#options.pollMilliseconds);
  }

  /** Ends the attempts that take too long; what they held is due at once, for whoever is left. */
  async onModuleDestroy(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#looking;
    const limit = setTimeout(() => this.#abortAll(), SHUTDOWN_WAIT_MS);
    await Promise.all(this.#underWay.values());
    clearTimeout(limit);
  }

  /** Takes what is due, as far as places are free, and begins to send it. */
  look(): Promise<void> {
    return (this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    }));
  }

  async #look(): Promise<void> {
    const options = this.#options;
    if (options === undefined || this.#closed) return;
    clearTimeout(this.#timer);
    const places = options.concurrency - this.#underWay.size;
    const isFull = places > 0 && (await this.#take(places, options)) === places;
    // Where as much was due as there are places, the next free place looks again.
    if (!isFull) this.#schedule(options.pollMilliseconds);
  }

  async #take(places: number, options: ResolvedDeliveryOptions): Promise<number> {
    const leaseSeconds = options.timeoutSeconds + LEASE_MARGIN_SECONDS;
    try {
      const { claimed, abandoned } = await this.deliveries.claim(
        places,
        leaseSeconds,
        options.maxAttempts,
      );
      for (const id of abandoned) {
        this.#attempts.add(1, endedAs('abandoned'));
        this.#logger.warn({ event: 'delivery_abandoned', id });
      }
      for (const delivery of claimed) this.#begin(delivery, options);
      return claimed.length + abandoned.length;
    } catch (error) {
      this.#warn(error);
      return 0;
    }
  }

  #begin(delivery: ClaimedDelivery, options: ResolvedDeliveryOptions): void {
    const attempt = new DeliveryAttempt(delivery, options, {
      deliveries: this.deliveries,
      messages: this.messages,
      sender: this.sender,
      logger: this.#logger,
      clock: this.clock,
    });
    const done = this.telemetry
      .span('portcullis.delivery.send', () => attempt.run())
      .then((outcome) => {
        this.#attempts.add(1, endedAs(outcome));
        this.#underWay.delete(attempt);
        this.#schedule(0);
      });
    this.#underWay.set(attempt, done);
  }

  #watchBacklog(): void {
    const read = async (fact: keyof Backlog) => (await this.deliveries.backlog())[fact];
    this.telemetry.gauge('portcullis.delivery.pending', () => read('pending'));
    this.telemetry.gauge('portcullis.delivery.oldest', () => read('oldestSeconds'));
  }

  #abortAll(): void {
    for (const attempt of this.#underWay.keys()) attempt.abort();
  }

  /** The database is away for everybody then, and says so elsewhere too. */
  #warn(error: unknown): void {
    const now = this.clock.monotonic();
    if (this.#closed || now - this.#warnedAt < WARNING_INTERVAL_MS) return;
    this.#warnedAt = now;
    this.#logger.warn(`The outbox cannot be read: ${(error as Error).message}`);
  }

  #schedule(milliseconds: number): void {
    clearTimeout(this.#timer);
    if (this.#closed || this.#options?.worker !== true) return;
    this.#timer = setTimeout(() => void this.look(), milliseconds);
    this.#timer.unref();
  }
}
