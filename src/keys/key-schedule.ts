import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../clock/clock';
import { KEYS_REREAD_SECONDS } from '../options/signing-key-options';
import { KeyRing } from './key-ring';
import { KeysService } from './keys.service';
import { SecretUses } from './secret-uses.service';

const LOOK_MS = 1000;
const RETRY_MS = 10_000;

/**
 * Replaces keys when their time has come. Every instance looks at its clock, and what is due is done
 * by whichever is first. It also reads the keys again from time to time, so that an instance which the
 * change feed does not reach neither signs with a key that others no longer accept nor misses one.
 */
@Injectable()
export class KeySchedule implements OnModuleInit, OnModuleDestroy {
  readonly #logger = new Logger('Portcullis');
  #timer?: NodeJS.Timeout;
  #looking?: Promise<void>;
  #rereadAt: number;
  #retryAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly keys: KeysService,
    private readonly ring: KeyRing,
    private readonly secrets: SecretUses,
    private readonly clock: Clock,
  ) {
    this.#rereadAt = this.#nextReread();
  }

  /** Does what is due now. A look while nothing is due costs no query. */
  look(): Promise<void> {
    return (this.#looking ??= this.#look().finally(() => (this.#looking = undefined)));
  }

  async onModuleInit(): Promise<void> {
    await this.secrets.record();
    this.#timer = setInterval(() => void this.look(), LOOK_MS);
    this.#timer.unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  async #look(): Promise<void> {
    const now = this.clock.monotonic();
    const isDue = now >= this.ring.dueAt;
    if (now < this.#retryAt || (!isDue && now < this.#rereadAt)) return;
    try {
      if (isDue) await this.keys.advance();
      await this.ring.reload();
      await this.secrets.record();
      this.#rereadAt = this.#nextReread();
    } catch (error) {
      this.#retryAt = now + RETRY_MS;
      this.#logger.warn(
        `The signing keys could not be looked after, trying again: ${String(error)}`,
      );
    }
  }

  #nextReread(): number {
    return this.clock.monotonic() + KEYS_REREAD_SECONDS * 1000;
  }
}
