import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { AuthorityService, type BegunReading } from '../access/authority.service';
import { holdingSql, type Holding } from '../access/holding';
import { Database } from '../database/database';
import { isId } from '../database/identifiers';
import { AuthError } from '../errors/auth-error';
import type { AuthErrorCode } from '../errors/error-codes';
import type { HttpRequest } from '../requests/http-request';
import { RequestReader } from '../requests/request-info';
import type { RefusedVerdict, RotationOutcome } from '../sessions/rotation';
import { RotationsService } from '../sessions/rotations.service';
import { familySecretDigest } from '../tokens/refresh-token';
import type { IssuedSession } from './issued-session';
import type { PresentedRefreshToken } from './presented-refresh-token';
import { SessionIssuer } from './session-issuer.service';

const REFUSALS: Readonly<Record<RefusedVerdict, AuthErrorCode>> = {
  unknown: 'unauthenticated',
  revoked: 'session_revoked',
  disabled: 'account_disabled',
  expired: 'session_expired',
  ahead: 'session_revoked',
  reuse: 'refresh_reused',
};

/** How many sessions an instance remembers to have renewed. */
const MAX_MET = 50_000;

/** Exchanges a refresh token for the next generation of its family. */
@Injectable()
export class RefreshService {
  /** What the accounts of these may do is mostly still known, and need not be read once more. */
  readonly #met = new LRUCache<string, true>({ max: MAX_MET });

  constructor(
    private readonly rotations: RotationsService,
    private readonly issuer: SessionIssuer,
    private readonly requests: RequestReader,
    private readonly authorities: AuthorityService,
    private readonly database: Database,
  ) {}

  /**
   * @throws AuthError `unauthenticated`, `session_revoked`, `session_expired`, `account_disabled`,
   * `refresh_reused`; `validation_failed` for a malformed `x-auth-attempt`
   */
  async refresh(token: PresentedRefreshToken, request: HttpRequest): Promise<IssuedSession> {
    const info = this.requests.read(request);
    const begun = this.authorities.begin();
    const outcome = await this.rotations.rotate({
      sessionId: token.sessionId,
      secretDigest: familySecretDigest(token.familySecret),
      counter: token.counter,
      transport: token.transport,
      attempt: attemptOf(request),
      foreground: request.headers['x-auth-activity'] !== 'background',
      userAgentDigest: info.userAgentDigest,
      network: info.source,
      origin: info,
      // A second statement for somebody who comes back after a while would be most of a refresh.
      alongside: this.#met.has(token.sessionId)
        ? undefined
        : (account) => holdingSql(this.database.tables, account),
    });
    if (outcome.kind === 'refused') throw new AuthError(REFUSALS[outcome.verdict]);
    if (outcome.kind === 'rotated') this.#learn(outcome, begun);
    return this.issuer.issue(outcome.session, token.familySecret);
  }

  #learn({ session, alongside }: Rotated, begun: BegunReading): void {
    this.#met.set(session.id, true);
    if (alongside === null) return;
    this.authorities.learn(session.account.id, session.tenantId, alongside as Holding, begun);
  }
}

type Rotated = Extract<RotationOutcome, { readonly kind: 'rotated' }>;

/** The id that all retries of one attempt share; the client may leave it out. */
function attemptOf(request: HttpRequest): string | undefined {
  const attempt = request.headers['x-auth-attempt'];
  if (attempt === undefined) return undefined;
  const id = typeof attempt === 'string' ? attempt.toLowerCase() : undefined;
  if (isId(id)) return id;
  throw new AuthError('validation_failed', {
    errors: [{ field: 'x-auth-attempt', message: 'must be a UUID' }],
  });
}
