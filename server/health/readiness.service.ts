import { Injectable } from '@nestjs/common';
import { AuthError, ChangeFeed, migrationStates } from '@portcullis/nest';
import { DataSource } from 'typeorm';

/** A balancer wants an answer sooner than a client does. */
const ANSWER_LIMIT_MILLISECONDS = 1000;
/** Probes are public, so they share one look at the database. */
const REUSE_MILLISECONDS = 500;

/**
 * Whether this instance should be sent requests: it is not about to stop, it knows the changes that
 * others made, its database answers, and every migration was applied there.
 */
@Injectable()
export class ReadinessService {
  #isDraining = false;
  #look?: Promise<boolean>;

  constructor(
    private readonly dataSource: DataSource,
    private readonly changes: ChangeFeed,
  ) {}

  /** From now on this instance asks not to be sent anything, because it is about to stop. */
  drain(): void {
    this.#isDraining = true;
  }

  /** @throws AuthError `database_unavailable`, whatever is missing: callers learn no more than that */
  async check(): Promise<{ readonly status: 'ok' }> {
    const isReady = this.#mayServe() && (await this.#databaseServes()) && this.#mayServe();
    if (isReady) return { status: 'ok' };
    throw new AuthError('database_unavailable', { retryAfterSeconds: 1 });
  }

  #mayServe(): boolean {
    return !this.#isDraining && this.changes.isFresh();
  }

  /** However slow the database is, one look is under way, and no probe waits longer than the limit. */
  async #databaseServes(): Promise<boolean> {
    this.#look ??= this.#lookAtDatabase().finally(() => {
      setTimeout(() => (this.#look = undefined), REUSE_MILLISECONDS).unref();
    });
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), ANSWER_LIMIT_MILLISECONDS);
    });
    try {
      return await Promise.race([this.#look, tooLate]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #lookAtDatabase(): Promise<boolean> {
    try {
      const states = await migrationStates(this.dataSource);
      return states.every(({ applied }) => applied);
    } catch {
      return false;
    }
  }
}
