import { Injectable } from '@nestjs/common';
import { AuthorityService } from '../access/authority.service';
import { ChangeFeed } from '../change-feed/change-feed';
import { AuthError } from '../errors/auth-error';
import type { HttpRequest } from '../requests/http-request';
import { RequestReader } from '../requests/request-info';
import { isSecretId, secretIdDigest, SecretIds } from '../sessions/secret-ids';
import type { Session, Transport } from '../sessions/session';
import { SessionCookies } from '../sessions/session-cookies';
import { KnownDevices } from '../throttling/known-devices';
import { familySecretDigest, newFamilySecret, RefreshTokens } from '../tokens/refresh-token';
import type { VerifiedLogin } from './credentials.service';
import type { IssuedSession } from './issued-session';
import { LoginOutcomes } from './login-outcomes';
import { OpeningsRepository, type NewSession, type ReplacedSessions } from './openings.repository';
import { SessionIssuer } from './session-issuer.service';

/** What the database keeps of a credential that was just made. */
type KeptSecret = Pick<NewSession, 'secretDigest' | 'secretNonce' | 'authorityVersion'>;

/** Opens sessions for people whose credentials were right. */
@Injectable()
export class LoginService {
  constructor(
    private readonly openings: OpeningsRepository,
    private readonly issuer: SessionIssuer,
    private readonly authorities: AuthorityService,
    private readonly devices: KnownDevices,
    private readonly refreshTokens: RefreshTokens,
    private readonly secretIds: SecretIds,
    private readonly cookies: SessionCookies,
    private readonly requests: RequestReader,
    private readonly outcomes: LoginOutcomes,
    private readonly feed: ChangeFeed,
  ) {}

  /**
   * Opens a session and issues its first credential. Whatever session the browser had ends: no id that
   * somebody planted before becomes the id of the person who signs in (SS-1).
   *
   * @throws AuthError `invalid_credentials` when the password or the status of the account changed
   * since it was checked, `session_limit` when the account has as many sessions as it may
   */
  open(
    login: VerifiedLogin,
    transport: Transport = 'cookie',
    request: HttpRequest,
  ): Promise<IssuedSession> {
    return this.outcomes.opening(async () => {
      const issued =
        transport === 'session'
          ? await this.#withSecretId(login, request)
          : await this.#withTokens(login, transport, request);
      return { ...issued, knownDevice: this.devices.issue(login.identifier) };
    });
  }

  async #withTokens(
    login: VerifiedLogin,
    transport: 'cookie' | 'body',
    request: HttpRequest,
  ): Promise<IssuedSession> {
    const familySecret = newFamilySecret();
    const kept = { secretDigest: familySecretDigest(familySecret) };
    return this.issuer.issue(await this.#open(login, transport, kept, request), familySecret);
  }

  async #withSecretId(login: VerifiedLogin, request: HttpRequest): Promise<IssuedSession> {
    const { id: secretId, nonce, digest } = this.secretIds.make();
    const { version } = await this.authorities.of(login.accountId);
    const kept = { secretDigest: digest, secretNonce: nonce, authorityVersion: version };
    const session = await this.#open(login, 'session', kept, request);
    return this.issuer.issueSecretId({ session, secretId });
  }

  async #open(
    { accountId, securityEpoch, reservation }: VerifiedLogin,
    transport: Transport,
    kept: KeptSecret,
    request: HttpRequest,
  ): Promise<Session> {
    const info = this.requests.read(request);
    const opening = await this.openings.open({
      accountId,
      securityEpoch,
      transport,
      reservation,
      ...kept,
      userAgentDigest: info.userAgentDigest,
      origin: info,
      replaces: this.#given(request),
    });
    switch (opening.kind) {
      case 'outdated':
        throw new AuthError('invalid_credentials');
      case 'full':
        throw new AuthError('session_limit');
      case 'opened':
        for (const sessionId of opening.ended) {
          this.feed.deliver({ kind: 'session_revoked', sessionId });
        }
        return opening.session;
    }
  }

  /** The sessions whose cookies the browser still has. */
  #given(request: HttpRequest): ReplacedSessions {
    const token = this.refreshTokens.decode(this.cookies.refreshToken(request));
    const secretId = this.cookies.secretId(request);
    return {
      family: token && {
        sessionId: token.sessionId,
        secretDigest: familySecretDigest(token.familySecret),
      },
      secretIdDigest:
        secretId !== undefined && isSecretId(secretId) ? secretIdDigest(secretId) : undefined,
    };
  }
}
