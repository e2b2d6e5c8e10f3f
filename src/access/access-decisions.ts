import { Inject, Injectable, Logger, type ExecutionContext } from '@nestjs/common';
import type { AuthErrorCode } from '../errors/error-codes';
import { toAuthError } from '../errors/problem';
import { ResolvedAuthOptions } from '../options/auth-options';
import { carrierOf, httpRequestOf } from '../requests/execution';
import { RequestReader } from '../requests/request-info';
import { principalOf } from '../route-access/principal';
import { labels, labelsBy } from '../telemetry/labels';
import { Telemetry } from '../telemetry/telemetry';

const ALLOWED = labels({ 'portcullis.access.decision': 'allowed' });
const deniedBy = labelsBy((code: AuthErrorCode) => ({
  'portcullis.access.decision': 'denied',
  'error.type': code,
}));

/**
 * Every decision about access, counted, and with `telemetry.decisionLog` also written down (LO-5).
 *
 * Of the global guards exactly one has the last word on each call: the one that refuses, or the last
 * one. Where nobody listens an allowed call costs two empty function calls and allocates nothing.
 */
@Injectable()
export class AccessDecisions {
  readonly #logger = new Logger('AccessDecisions');
  readonly #counter;
  readonly #isLogged: boolean;

  constructor(
    telemetry: Telemetry,
    @Inject(ResolvedAuthOptions) options: ResolvedAuthOptions,
    private readonly requests: RequestReader,
  ) {
    this.#counter = telemetry.counter('portcullis.access.decisions');
    this.#isLogged = options.telemetry.decisionLog;
  }

  /** Every guard let the call pass. */
  allowed(context: ExecutionContext): void {
    this.#counter.add(1, ALLOWED);
    if (this.#isLogged) this.#log(context, 'allowed');
  }

  /** A guard refused the call with this error. */
  denied(context: ExecutionContext, error: unknown): void {
    const { code } = toAuthError(error);
    this.#counter.add(1, deniedBy(code));
    if (this.#isLogged) this.#log(context, code);
  }

  #log(context: ExecutionContext, code: AuthErrorCode | 'allowed'): void {
    const carrier = carrierOf(context);
    const principal = carrier && principalOf(carrier);
    const request = httpRequestOf(context);
    this.#logger.log(
      JSON.stringify({
        event: 'authz_decision',
        code,
        requestId: request && this.requests.read(request).requestId,
        accountId: principal?.accountId,
        sessionId: principal?.sessionId,
        tenantId: principal?.tenantId,
        route: `${context.getClass().name}.${context.getHandler().name}`,
      }),
    );
  }
}
