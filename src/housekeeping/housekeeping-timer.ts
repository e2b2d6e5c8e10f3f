import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { spread } from '../clock/backoff';
import { ResolvedAuthOptions } from '../options/auth-options';
import { Housekeeping } from './housekeeping.service';

/** After a start, so that instances which are restarted more often than they clean up still do. */
const FIRST_WAIT_MS = 60_000;

/**
 * Cleans up from time to time. Every instance has such a timer and none is special: the first whose
 * timer comes does it, and the others find it done.
 */
@Injectable()
export class HousekeepingTimer implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #logger = new Logger('Portcullis');
  #timer?: NodeJS.Timeout;
  #running?: Promise<void>;
  #isStopped = false;

  constructor(
    private readonly housekeeping: Housekeeping,
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
  ) {}

  onApplicationBootstrap(): void {
    if (this.options.housekeeping.enabled) this.#after(FIRST_WAIT_MS);
  }

  async onModuleDestroy(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.housekeeping.stop();
    await this.#running;
  }

  /** From a half to the whole of it, at random: instances that start together do not come together. */
  #after(milliseconds: number): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#cleanUp().finally(() => this.#after(this.#intervalMs()));
    }, spread(milliseconds));
    this.#timer.unref();
  }

  async #cleanUp(): Promise<void> {
    try {
      const { removed } = await this.housekeeping.cleanUp((this.#intervalMs() / 1000) * 0.9);
      const counts = Object.entries(removed).filter(([, count]) => count > 0);
      if (counts.length === 0) return;
      this.#logger.log(`Removed ${counts.map(([name, count]) => `${count} ${name}`).join(', ')}.`);
    } catch (error) {
      this.#logger.warn(`The clean-up goes on next time: ${(error as Error).message}`);
    }
  }

  #intervalMs(): number {
    return this.options.housekeeping.intervalMinutes * 60_000;
  }
}
