import { Injectable } from '@nestjs/common';
import type { AccountCredential } from '../accounts/account';
import { AccountsService } from '../accounts/accounts.service';
import { guessIdentifier } from '../accounts/email-address';
import { AuditService } from '../audit/audit.service';
import { AuthError } from '../errors/auth-error';
import { GuessedPasswords } from '../passwords/guessed-passwords';
import type { HttpRequest } from '../requests/http-request';
import { RequestReader, type RequestInfo } from '../requests/request-info';
import type { Principal } from '../route-access/principal';
import { presentedDigestOf } from '../sessions/identified-session';
import { SessionRenewals } from '../sessions/session-renewals';
import type { IssuedSession } from './issued-session';
import { SessionIssuer } from './session-issuer.service';

/**
 * Asks a person who is signed in to prove it once more (RFC 9470). The session stays, and the time of
 * its authentication is new: an access token with it for tokens, a new secret id for transport `session`.
 */
@Injectable()
export class StepUpService {
  constructor(
    private readonly accounts: AccountsService,
    private readonly guessed: GuessedPasswords,
    private readonly renewals: SessionRenewals,
    private readonly issuer: SessionIssuer,
    private readonly audit: AuditService,
    private readonly requests: RequestReader,
  ) {}

  /**
   * By the password, which is guarded like a login: a stolen session must not become a way to guess it.
   *
   * @throws AuthError `validation_failed`, `throttled`, `overloaded`, `invalid_credentials`,
   * `session_revoked` when the session ended or the account changed meanwhile
   */
  async byPassword(
    { accountId, sessionId }: Principal,
    password: string,
    request: HttpRequest,
  ): Promise<IssuedSession> {
    const origin = this.requests.read(request);
    const credential = await this.accounts.findCredential(accountId);
    if (credential === undefined) throw new AuthError('unauthenticated');
    await this.#verify({ credential, sessionId, password, origin });
    const { securityEpoch } = credential;
    const proof = { accountId, sessionId, securityEpoch, method: 'pwd', origin };
    const presented = presentedDigestOf(request);
    return presented === undefined
      ? this.issuer.issueAccessToken(await this.renewals.confirm(proof))
      : this.issuer.issueSecretId(await this.renewals.confirmAndRenew(proof, presented));
  }

  async #verify({ credential, sessionId, password, origin }: Attempt): Promise<void> {
    const { accountId, passwordHash } = credential;
    const account = await this.accounts.findById(accountId);
    if (account === undefined) throw new AuthError('unauthenticated');
    const { source } = origin;
    const verdict = await this.guessed.check(
      { identifier: guessIdentifier(account.email), source, knownDevice: true },
      { password, stored: passwordHash, source, priority: 'known' },
    );
    if (verdict !== 'failed') return;
    await this.audit.record({
      action: 'authn_step_up_fail',
      outcome: 'failure',
      actorId: accountId,
      accountId,
      sessionId,
      origin,
      details: { factors: ['pwd'] },
    });
    throw new AuthError('invalid_credentials');
  }
}

interface Attempt {
  readonly credential: AccountCredential;
  readonly sessionId: string;
  readonly password: string;
  readonly origin: RequestInfo;
}
