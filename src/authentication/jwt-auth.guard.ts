import { Injectable, type ExecutionContext } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { AccessDecisions } from '../access/access-decisions';
import { ChangeFeed } from '../change-feed/change-feed';
import { AuthError } from '../errors/auth-error';
import { carrierOf, httpRequestOf, transportOf } from '../requests/execution';
import type { HttpRequest } from '../requests/http-request';
import { principalOf, setPrincipal, type Principal } from '../route-access/principal';
import { RouteAccessReader } from '../route-access/route-access.reader';
import { LiveConnections } from '../sessions/live-connections';
import { Revocations } from '../sessions/revocations';
import { SessionChoices } from '../sessions/session-choices';
import { AccessTokens } from '../tokens/access-tokens';
import type { VerifiedAccessToken } from '../tokens/verified-access-token';
import { VerifiedTokenCache } from '../tokens/verified-token-cache';
import { bearerTokenOf } from '../tokens/bearer-token';
import { verifiers } from './jwt.strategy';
import { rpcTokenOf } from './rpc-credential';

/**
 * Establishes the principal of every call whose handler is not public.
 *
 * A token that was verified before costs a look into a map; only a new one reaches Passport and a
 * signature check. Either way its session must not be revoked. Under GraphQL the token is that of the
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
  ) {
    super();
  }

  /**
   * @throws AuthError `unauthenticated`, `invalid_token`, `ambiguous_credentials`,
   * `authority_stale`, on a socket also what ended its session, and `forbidden` in a context of a
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
    const token = transport === 'rpc' ? rpcTokenOf(context) : bearerTokenOf(carrier as HttpRequest);
    if (token === undefined) throw new AuthError('unauthenticated', { challenge: 'Bearer' });
    const known = this.cache.get(token);
    if (known !== undefined) return this.#admit(carrier, known);
    return transport === 'rpc'
      ? this.#verifyMessage(carrier, token)
      : this.#verifyRequest(context, carrier as HttpRequest);
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
    if (principal instanceof Promise) return principal.then((found) => attach(carrier, found));
    return attach(carrier, principal);
  }
}

/**
 * Only once: the resolvers of one GraphQL request share it, and the guard that finds out in which
 * tenant it acts must not be undone while one of them reads the principal.
 */
function attach(carrier: object, principal: Principal): true {
  if (principalOf(carrier) === undefined) setPrincipal(carrier, principal);
  return true;
}
