import { Injectable, type ExecutionContext } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { AccessDecisions } from '../access/access-decisions';
import { ChangeFeed } from '../change-feed/change-feed';
import { AuthError } from '../errors/auth-error';
import { carrierOf, httpRequestOf, transportOf } from '../requests/execution';
import type { HttpRequest } from '../requests/http-request';
import { attachPrincipal } from '../route-access/principal';
import { RouteAccessReader } from '../route-access/route-access.reader';
import { LiveConnections } from '../sessions/live-connections';
import { Revocations } from '../sessions/revocations';
import { SessionChoices } from '../sessions/session-choices';
import { SessionCookies } from '../sessions/session-cookies';
import { AccessTokens } from '../tokens/access-tokens';
import type { VerifiedAccessToken } from '../tokens/verified-access-token';
import { VerifiedTokenCache } from '../tokens/verified-token-cache';
import { bearerTokenOf } from '../tokens/bearer-token';
import { verifiers } from './jwt.strategy';
import { rpcTokenOf } from './rpc-credential';
import { SecretIdAuthentication } from './secret-id-authentication';

/**
 * Establishes the principal of every call whose handler is not public.
 *
 * The credential is a bearer token or the cookie of the `session` transport. A token that was verified
 * before costs a look into a map; only a new one reaches Passport and a signature check. Either way its
 * session must not be revoked. Under GraphQL the token is that of the
 * HTTP request; a message of a microservice carries its own; a socket was opened with one, and each
 * message on it asks whether the session still lives.
 *
 * @publicApi
 */
@Injectable()
export class JwtAuthGuard extends AuthGuard('jwt') {
  readonly #verified = new WeakMap<ExecutionContext, VerifiedAccessToken>();

  constructor(
    private readonly cache: VerifiedTokenCache,
    private readonly accessTokens: AccessTokens,
    private readonly revocations: Revocations,
    private readonly feed: ChangeFeed,
    private readonly routes: RouteAccessReader,
    private readonly connections: LiveConnections,
    private readonly choices: SessionChoices,
    private readonly decisions: AccessDecisions,
    private readonly cookies: SessionCookies,
    private readonly secretIds: SecretIdAuthentication,
  ) {
    super();
  }

  /**
   * @throws AuthError `unauthenticated`, `invalid_token`, `ambiguous_credentials`,
   * `authority_stale`, with a session cookie what {@link SecretIdAuthentication} throws, on a socket also what ended its session, and `forbidden` in a context of a
   * kind that we do not know
   */
  override canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    try {
      const established = this.#establish(context);
      return established instanceof Promise ? this.#afterwards(context, established) : established;
    } catch (error) {
      this.decisions.denied(context, error);
      throw error;
    }
  }

  async #afterwards(context: ExecutionContext, established: Promise<boolean>): Promise<boolean> {
    try {
      return await established;
    } catch (error) {
      this.decisions.denied(context, error);
      throw error;
    }
  }

  #establish(context: ExecutionContext): boolean | Promise<boolean> {
    const transport = transportOf(context);
    if (transport === undefined) throw new AuthError('forbidden');
    if (this.routes.read(context.getClass(), context.getHandler()).kind === 'public') return true;
    if (transport === 'ws') return this.#isSocketLive(context);
    const carrier = carrierOf(context);
    if (carrier === undefined) throw new AuthError('unauthenticated');
    if (transport === 'rpc') return this.#isMessageGood(context, carrier);
    return this.#isRequestGood(context, carrier as HttpRequest);
  }

  override getRequest(context: ExecutionContext): unknown {
    return httpRequestOf(context);
  }

  override handleRequest<User>(
    error: unknown,
    user: User,
    info: unknown,
    context: ExecutionContext,
    status?: unknown,
  ): User {
    const verified: unknown = super.handleRequest(error, user, info, context, status);
    this.#verified.set(context, verified as VerifiedAccessToken);
    return verified as User;
  }

  #isSocketLive(context: ExecutionContext): boolean | Promise<boolean> {
    const socket = carrierOf(context);
    if (socket === undefined) throw new AuthError('unauthenticated');
    const live = this.connections.assertLive(socket);
    return live === undefined ? true : live.then(() => true);
  }

  /** One credential, and only one: what a second one is for nobody can tell. */
  #isRequestGood(context: ExecutionContext, request: HttpRequest): boolean | Promise<boolean> {
    const token = bearerTokenOf(request);
    const secretId = this.cookies.secretId(request);
    if (secretId !== undefined) {
      if (token !== undefined) throw new AuthError('ambiguous_credentials');
      return this.secretIds.authenticate(context, request, secretId);
    }
    if (token === undefined) throw new AuthError('unauthenticated', { challenge: 'Bearer' });
    const known = this.cache.get(token);
    return known === undefined
      ? this.#verifyRequest(context, request)
      : this.#admit(request, known);
  }

  #isMessageGood(context: ExecutionContext, carrier: object): boolean | Promise<boolean> {
    const token = rpcTokenOf(context);
    if (token === undefined) throw new AuthError('unauthenticated', { challenge: 'Bearer' });
    const known = this.cache.get(token);
    return known === undefined ? this.#verifyMessage(carrier, token) : this.#admit(carrier, known);
  }

  async #verifyMessage(carrier: object, token: string): Promise<boolean> {
    return this.#admit(carrier, await this.accessTokens.verify(token));
  }

  async #verifyRequest(context: ExecutionContext, request: HttpRequest): Promise<boolean> {
    verifiers.note(request, this.accessTokens);
    await super.canActivate(context);
    // Not `request.user`: the resolvers of one GraphQL request are verified side by side and share it.
    return this.#admit(request, this.#verified.get(context) as VerifiedAccessToken);
  }

  #admit(carrier: object, verified: VerifiedAccessToken): boolean | Promise<boolean> {
    this.feed.assertFresh();
    if (this.revocations.covers(verified)) throw new AuthError('invalid_token');
    const principal = this.choices.principalOf(verified);
    if (principal instanceof Promise)
      return principal.then((found) => attachPrincipal(carrier, found));
    return attachPrincipal(carrier, principal);
  }
}
