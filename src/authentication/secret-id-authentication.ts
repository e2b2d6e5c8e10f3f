import { Injectable, type ExecutionContext } from '@nestjs/common';
import { AuthorityService } from '../access/authority.service';
import { ChangeFeed } from '../change-feed/change-feed';
import { appendCookies } from '../requests/cookies';
import { httpResponseOf } from '../requests/execution';
import type { HttpRequest, ReadableHttpResponse } from '../requests/http-request';
import { forbidStoring } from '../requests/no-store.interceptor';
import { RequestReader } from '../requests/request-info';
import { forbidStoringForGood } from '../requests/uncached-answer';
import { attachPrincipal } from '../route-access/principal';
import { setIdentifiedSession, type IdentifiedSession } from '../sessions/identified-session';
import { KnownSessions } from '../sessions/known-sessions';
import { SecretIds } from '../sessions/secret-ids';
import { SessionActivity } from '../sessions/session-activity';
import { SessionCookies } from '../sessions/session-cookies';
import { SessionRenewals } from '../sessions/session-renewals';
import { CookieRequestProof } from './cookie-request-proof';

/** A request with a secret id, and what may be told to its browser. */
interface Call {
  readonly request: HttpRequest;
  readonly secretId: string;
  /** Absent where nothing can be written to the answer. */
  readonly response?: ReadableHttpResponse;
}

/**
 * Authenticates requests by the cookie of the `session` transport. It decides at once, without a
 * promise, when the session and its authority are known.
 *
 * When somebody changed what the account may do, the first request after that gives the session a new
 * id. A request with the id before, which lost that race, is let in and given the new one.
 */
@Injectable()
export class SecretIdAuthentication {
  readonly #renewed = new WeakSet<object>();

  constructor(
    private readonly sessions: KnownSessions,
    private readonly renewals: SessionRenewals,
    private readonly activity: SessionActivity,
    private readonly secretIds: SecretIds,
    private readonly cookies: SessionCookies,
    private readonly authorities: AuthorityService,
    private readonly proof: CookieRequestProof,
    private readonly requests: RequestReader,
    private readonly feed: ChangeFeed,
  ) {}

  /**
   * Whether the request may act for the session of its cookie; its principal is then established.
   *
   * @throws AuthError `origin_refused`, `unsupported_media_type`, `csrf_failed`, with a form also
   * `validation_failed` and `payload_too_large`, `unauthenticated`,
   * `session_expired`, `session_revoked`, `account_disabled`, `authority_stale`, `database_unavailable`
   */
  authenticate(
    context: ExecutionContext,
    request: HttpRequest,
    secretId: string,
  ): true | Promise<true> {
    const open = this.proof.assertMeant(request, context);
    this.feed.assertFresh();
    const call = { request, secretId, response: writable(context) };
    const session = this.sessions.find(secretId);
    if (open === 'form_token') return this.#admitForm(call, session);
    return session instanceof Promise
      ? session.then((found) => this.#admit(call, found))
      : this.#admit(call, session);
  }

  async #admitForm(
    call: Call,
    session: IdentifiedSession | Promise<IdentifiedSession>,
  ): Promise<true> {
    const found = await session;
    await this.proof.assertFormOf(found.sessionId, call.request);
    return this.#admit(call, found);
  }

  #admit(call: Call, session: IdentifiedSession): true | Promise<true> {
    const { request, response } = call;
    if (request.headers['x-auth-activity'] !== 'background') this.activity.note(session);
    setIdentifiedSession(request, session);
    attachPrincipal(request, session.principal);
    if (response === undefined) return true;
    // A shared cache stores answers to requests with cookies, other than to those with a token (SS-11).
    forbidStoring(response);
    const { accountId, tenantId, activation } = session.principal;
    const authority = this.authorities.of(accountId, tenantId, activation);
    return authority instanceof Promise
      ? authority.then(({ version }) => this.#renew(call, session, version))
      : this.#renew(call, session, authority.version);
  }

  #renew(call: Call, session: IdentifiedSession, version: number): true | Promise<true> {
    if (session.isCurrent) {
      if (session.authorityVersion >= version) return true;
      return this.#renewForAuthority(call, session, version);
    }
    const { successor } = session;
    const secret = successor && this.secretIds.again(successor);
    if (secret !== undefined) this.#hand(call, session.cookie, version, secret);
    return true;
  }

  async #renewForAuthority(call: Call, session: IdentifiedSession, version: number): Promise<true> {
    const origin = this.requests.read(call.request);
    const won = await this.renewals.afterAuthorityChange(session, version, origin);
    if (won !== undefined) {
      this.#hand(call, won.session, version, won.secretId);
      return true;
    }
    const found = await this.sessions.find(call.secretId);
    // Still the current one: the authority that this instance knows is older than the session's.
    return found.isCurrent ? true : this.#renew(call, found, version);
  }

  /** Once an answer: the resolvers of one GraphQL request share it. */
  #hand(
    { request, response }: Call,
    session: IdentifiedSession['cookie'],
    authorityVersion: number,
    secret: string,
  ): void {
    if (response === undefined || this.#renewed.has(request)) return;
    this.#renewed.add(request);
    forbidStoringForGood(response);
    appendCookies(response, this.cookies.issue({ session, authorityVersion, secret }));
  }
}

function writable(context: ExecutionContext): ReadableHttpResponse | undefined {
  const response = httpResponseOf(context) as Partial<ReadableHttpResponse> | undefined;
  return typeof response?.getHeader === 'function' ? (response as ReadableHttpResponse) : undefined;
}
