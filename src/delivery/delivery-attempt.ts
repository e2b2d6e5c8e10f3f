import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@nestjs/common';
import type { Clock } from '../clock/clock';
import type { ResolvedDeliveryOptions } from '../options/delivery-options';
import type { MessageSender } from '../options/message-sender';
import type { ClaimedDelivery, DeliveriesRepository } from './deliveries.repository';
import { MessageRefusedError } from './delivery.errors';
import type { NoticeMessages } from './notice-messages';
import { failureOf } from './smtp-message-sender';

/** What an attempt works with. */
export interface AttemptParts {
  readonly deliveries: DeliveriesRepository;
  readonly messages: NoticeMessages;
  readonly sender: MessageSender;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** How an attempt ended. */
export type AttemptOutcome = 'sent' | 'retried' | 'failed';

/** How long the note that a mail was sent is tried again, where the database is away just then. */
const SETTLE_SECONDS = 25;
const SETTLE_RETRY_MS = 250;

/**
 * One attempt to send one mail, and the note of how it ended.
 *
 * Between the server's "250 OK" and our note a crash makes the mail go out twice; SMTP offers no way
 * around that. It is narrowed by noting it at once and again until the lease ends, and by a Message-ID
 * that stays the same.
 */
export class DeliveryAttempt {
  readonly #abort = new AbortController();
  #isShutDown = false;

  constructor(
    private readonly delivery: ClaimedDelivery,
    private readonly options: ResolvedDeliveryOptions,
    private readonly parts: AttemptParts,
  ) {}

  /** Gives it up, because this instance goes. */
  abort(): void {
    this.#isShutDown = true;
    this.#abort.abort(new Error('This instance shuts down'));
  }

  /** Never rejects. */
  async run(): Promise<AttemptOutcome> {
    try {
      await this.#send();
    } catch (error) {
      return this.#settleFailure(error).catch(() => 'retried');
    }
    await this.#settleSent();
    return 'sent';
  }

  async #send(): Promise<void> {
    const { signal } = this.#abort;
    const limit = setTimeout(() => {
      this.#abort.abort(Object.assign(new Error('The time is over'), { code: 'ETIMEDOUT' }));
    }, this.options.timeoutSeconds * 1000);
    try {
      const message = await unlessAborted(
        this.parts.messages.of(this.delivery, this.options),
        signal,
      );
      await unlessAborted(this.parts.sender.send(message, signal), signal);
    } finally {
      clearTimeout(limit);
    }
  }

  async #settleSent(): Promise<void> {
    const { clock, deliveries, logger } = this.parts;
    const { id } = this.delivery;
    const until = clock.monotonic() + SETTLE_SECONDS * 1000;
    for (;;) {
      try {
        await deliveries.sent(id);
        return;
      } catch {
        if (this.#isShutDown || clock.monotonic() > until) break;
        await delay(SETTLE_RETRY_MS, undefined, { ref: false });
      }
    }
    logger.error({ event: 'delivery_sent_unnoted', id });
  }

  async #settleFailure(error: unknown): Promise<AttemptOutcome> {
    const { deliveries } = this.parts;
    const { maxAttempts, firstRetrySeconds, maxRetrySeconds } = this.options;
    const isRefused = error instanceof MessageRefusedError;
    const reason = isRefused ? error.reason : failureOf(error);
    if (isRefused || (this.delivery.attempt >= maxAttempts && !this.#isShutDown)) {
      if (await deliveries.failed(this.delivery, reason)) this.#warn('delivery_failed', reason);
      return 'failed';
    }
    const backoff = this.#isShutDown
      ? undefined
      : { firstSeconds: firstRetrySeconds, maxSeconds: maxRetrySeconds };
    await deliveries.again(this.delivery, reason, backoff);
    this.#warn('delivery_retried', reason);
    return 'retried';
  }

  #warn(event: string, reason: string): void {
    const { id, kind, attempt } = this.delivery;
    this.parts.logger.warn({ event, id, kind, attempt, reason });
  }
}

/** Whatever takes no notice of the signal is left behind: it must not hold the place. */
function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  if (signal.aborted) return Promise.reject(signal.reason as Error);
  return new Promise((resolve, reject) => {
    const aborted = () => reject(signal.reason as Error);
    signal.addEventListener('abort', aborted, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted));
  });
}
