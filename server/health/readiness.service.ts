import { Injectable } from '@nestjs/common';
import { AuthError, ChangeFeed } from '@portcullis/nest';
import { DataSource } from 'typeorm';

/** A balancer wants an answer sooner than a client does. */
const ANSWER_LIMIT_MILLISECONDS = 1000;
/** Probes are public, so they share one look at the database. */
const REUSE_MILLISECONDS = 500;

/** Whether this instance should be sent requests. */
@Injectable()
export class ReadinessService {
  #isDraining = false;
  #probe?: Promise<boolean>;

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
    const isReady = !this.#isDraining && this.changes.isFresh() && (await this.#databaseAnswers());
    if (isReady) return { status: 'ok' };
    throw new AuthError('database_unavailable', { retryAfterSeconds: 1 });
  }

  #databaseAnswers(): Promise<boolean> {
    this.#probe ??= this.#ask().finally(() => {
      setTimeout(() => (this.#probe = undefined), REUSE_MILLISECONDS).unref();
    });
    return this.#probe;
  }

  async #ask(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), ANSWER_LIMIT_MILLISECONDS);
    });
    const answered = this.dataSource.query('SELECT 1').then(
      () => true,
      () => false,
    );
    try {
      return await Promise.race([answered, tooLate]);
    } finally {
      clearTimeout(timer);
    }
  }
}
