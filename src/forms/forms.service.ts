import { Inject, Injectable } from '@nestjs/common';
import type { VerifiedLogin } from '../authentication/credentials.service';
import { issuedCookies } from '../authentication/issued-cookies';
import { LoginService } from '../authentication/login.service';
import { LogoutService } from '../authentication/logout.service';
import { isAuthError } from '../errors/auth-error';
import type { HttpRequest, ReadableHttpResponse } from '../requests/http-request';
import { FORM_FIELD, formOf } from '../requests/request-form';
import { safeReturnTo } from '../requests/return-to';
import { FormTokens } from '../sessions/form-tokens';
import { KnownSessions } from '../sessions/known-sessions';
import { SessionCookies } from '../sessions/session-cookies';
import { FormPages } from './form-pages';
import type { FormTokenAnswer } from './form-token.dto';

/** Where a form leads to, and what the browser is given on the way. */
export interface FormAnswer {
  readonly location: string;
  readonly cookies: readonly string[];
}

/** Begins and ends sessions of the `session` transport for pages without script. */
@Injectable()
export class FormsService {
  constructor(
    private readonly logins: LoginService,
    private readonly logouts: LogoutService,
    private readonly known: KnownSessions,
    private readonly tokens: FormTokens,
    private readonly cookies: SessionCookies,
    @Inject(FormPages) private readonly pages: FormPages,
  ) {}

  /**
   * The token of the browser's session, or that of its pre-session where nobody is signed in.
   *
   * @throws AuthError `ambiguous_credentials`, `database_unavailable`
   */
  async token(request: HttpRequest, response: ReadableHttpResponse): Promise<FormTokenAnswer> {
    const secretId = this.cookies.secretId(request);
    const sessionId = await this.#liveSessionOf(secretId);
    return { formToken: this.tokens.fieldOf(sessionId, request, response).value };
  }

  /**
   * Opens a session for somebody whose password was right, and ends the pre-session: its token is worth
   * nothing any more.
   *
   * @throws AuthError as a login by JSON
   */
  async login(
    login: VerifiedLogin,
    returnTo: string | undefined,
    request: HttpRequest,
  ): Promise<FormAnswer> {
    const issued = await this.logins.open(login, 'session', request);
    return {
      location: safeReturnTo(returnTo) ?? this.pages.homePage,
      cookies: [...issuedCookies(this.cookies, issued), this.tokens.endPreSession()],
    };
  }

  /**
   * Ends the session of the cookie. As long as it lives the form has to be one of its own; where it is
   * over nothing but its cookie is left to end, which takes no proof beyond the origin.
   *
   * @throws AuthError `csrf_failed`, `ambiguous_credentials`, `database_unavailable`
   */
  async logout(request: HttpRequest): Promise<FormAnswer> {
    const secretId = this.cookies.secretId(request);
    const sessionId = await this.#liveSessionOf(secretId);
    if (secretId !== undefined && sessionId !== undefined) {
      this.tokens.assertOfSession((await formOf(request)).get(FORM_FIELD), sessionId);
      await this.logouts.logout('current', [{ kind: 'secret_id', secretId }], request);
    }
    return { location: this.pages.loginPage, cookies: this.cookies.clearSecretId(request) };
  }

  async #liveSessionOf(secretId: string | undefined): Promise<string | undefined> {
    if (secretId === undefined) return undefined;
    try {
      return (await this.known.find(secretId)).sessionId;
    } catch (error) {
      if (isAuthError(error) && error.status === 401) return undefined;
      throw error;
    }
  }
}
