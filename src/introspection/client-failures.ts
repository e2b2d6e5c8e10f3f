import { Inject, Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../clock/clock';
import { AuthError } from '../errors/auth-error';
import { ResolvedAuthOptions } from '../options/auth-options';
import { toPrintable } from '../requests/printable';
import type { RequestInfo } from '../requests/request-info';

interface Failures {
  count: number;
  readonly endsAt: number;
}

const MAX_SOURCES = 10_000;
const MAX_NAME = 64;

/**
 * Bounds guesses at the secrets of clients by source, in the memory of this instance: an answer about
 * a token must cost no query, and the options refuse secrets for which a fleet's worth of guesses would
 * matter. It takes the same limits as the guesses at passwords.
 */
@Injectable()
export class ClientFailures {
  readonly #logger = new Logger('ClientFailures');
  readonly #bySource = new LRUCache<string, Failures>({ max: MAX_SOURCES });

  constructor(
    private readonly clock: Clock,
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
  ) {}

  /**
   * Asked before a secret is compared, so that a source that is out of guesses does not learn of a
   * right one either.
   *
   * @throws AuthError `throttled`
   */
  assertFew({ source }: RequestInfo): void {
    const failures = this.#of(source);
    if (failures === undefined || failures.count < this.options.guessing.sourceCap) return;
    const retryAfterSeconds = Math.ceil((failures.endsAt - this.clock.monotonic()) / 1000);
    throw new AuthError('throttled', { retryAfterSeconds });
  }

  record(clientId: string, { source, ip, requestId }: RequestInfo): void {
    const failures = this.#of(source) ?? this.#begin(source);
    failures.count += 1;
    const event = { event: 'authn_client_fail', client: toPrintable(clientId, MAX_NAME) };
    this.#logger.warn(JSON.stringify({ ...event, ip, requestId }));
  }

  #of(source: string): Failures | undefined {
    const failures = this.#bySource.get(source);
    return failures === undefined || failures.endsAt > this.clock.monotonic()
      ? failures
      : undefined;
  }

  #begin(source: string): Failures {
    const windowMs = this.options.guessing.sourceWindowSeconds * 1000;
    const failures = { count: 0, endsAt: this.clock.monotonic() + windowMs };
    this.#bySource.set(source, failures);
    return failures;
  }
}
