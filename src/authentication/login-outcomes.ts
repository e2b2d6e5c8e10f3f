import { Injectable } from '@nestjs/common';
import type { AuthErrorCode } from '../errors/error-codes';
import { toAuthError } from '../errors/problem';
import { labels, labelsBy } from '../telemetry/labels';
import { Telemetry } from '../telemetry/telemetry';

const WENT_WELL = labels({});
const endedBy = labelsBy((code: AuthErrorCode) => ({ 'error.type': code }));

/** How attempts to sign in end: with the check of the password, or with the session that it opens. */
@Injectable()
export class LoginOutcomes {
  readonly #attempts;

  constructor(private readonly telemetry: Telemetry) {
    this.#attempts = telemetry.counter('portcullis.login.attempts');
  }

  /** A check of credentials; where it succeeds the attempt goes on. */
  verifying<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.telemetry.span('portcullis.login.verify', () => this.#countFailure(work));
  }

  /** The opening of a session, with which the attempt ends either way. */
  opening<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.telemetry.span('portcullis.login.open', async () => {
      const opened = await this.#countFailure(work);
      this.#attempts.add(1, WENT_WELL);
      return opened;
    });
  }

  async #countFailure<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      this.#attempts.add(1, endedBy(toAuthError(error).code));
      throw error;
    }
  }
}
