import { Injectable } from '@nestjs/common';
import { AuthError } from '../errors/auth-error';
import type { HttpRequest } from '../requests/http-request';
import { RequestReader } from '../requests/request-info';
import { KnownDevices } from '../throttling/known-devices';
import { familySecretDigest, newFamilySecret, RefreshTokens } from '../tokens/refresh-token';
import type { VerifiedLogin } from './credentials.service';
import type { IssuedSession } from './issued-session';
import { LoginOutcomes } from './login-outcomes';
import { LoginRepository, type NewSession } from './login.repository';
import { SessionCookies } from './session-cookies';
import { SessionIssuer } from './session-issuer.service';

/** Opens sessions for people whose credentials were right. */
@Injectable()
export class LoginService {
  constructor(
    private readonly logins: LoginRepository,
    private readonly issuer: SessionIssuer,
    private readonly devices: KnownDevices,
    private readonly refreshTokens: RefreshTokens,
    private readonly cookies: SessionCookies,
    private readonly requests: RequestReader,
    private readonly outcomes: LoginOutcomes,
  ) {}

  /**
   * Opens a session and issues its first tokens.
   *
   * @throws AuthError `invalid_credentials` when the password or the status of the account changed
   * since it was checked
   */
  open(
    login: VerifiedLogin,
    transport: 'cookie' | 'body' = 'cookie',
    request: HttpRequest,
  ): Promise<IssuedSession> {
    return this.outcomes.opening(() => this.#open(login, transport, request));
  }

  async #open(
    { accountId, securityEpoch, identifier, reservation }: VerifiedLogin,
    transport: 'cookie' | 'body',
    request: HttpRequest,
  ): Promise<IssuedSession> {
    const info = this.requests.read(request);
    const familySecret = newFamilySecret();
    const session = await this.logins.open({
      accountId,
      securityEpoch,
      transport,
      reservation,
      secretDigest: familySecretDigest(familySecret),
      userAgentDigest: info.userAgentDigest,
      origin: info,
      replaces: this.#given(request),
    });
    if (session === undefined) throw new AuthError('invalid_credentials');
    const issued = await this.issuer.issue(session, familySecret);
    return { ...issued, knownDevice: this.devices.issue(identifier) };
  }

  /** The family whose cookie the browser still has. */
  #given(request: HttpRequest): NewSession['replaces'] {
    const token = this.refreshTokens.decode(this.cookies.refreshToken(request));
    if (token === undefined) return undefined;
    return { sessionId: token.sessionId, secretDigest: familySecretDigest(token.familySecret) };
  }
}
