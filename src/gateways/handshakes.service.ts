import { Inject, Injectable } from '@nestjs/common';
import { ChangeFeed } from '../change-feed/change-feed';
import { Clock } from '../clock/clock';
import { AuthError } from '../errors/auth-error';
import { ResolvedAuthOptions } from '../options/auth-options';
import type { HttpRequest } from '../requests/http-request';
import { refuseForeignOrigin, refusePresentForeignOrigin } from '../requests/request-forgery';
import { setPrincipal, type Principal } from '../route-access/principal';
import type { IdentifiedSession } from '../sessions/identified-session';
import { KnownSessions } from '../sessions/known-sessions';
import { LiveConnections } from '../sessions/live-connections';
import { Revocations, type SessionReference } from '../sessions/revocations';
import { SessionChoices } from '../sessions/session-choices';
import { SessionCookies } from '../sessions/session-cookies';
import { AccessTokens } from '../tokens/access-tokens';
import type { VerifiedAccessToken } from '../tokens/verified-access-token';
import { VerifiedTokenCache } from '../tokens/verified-token-cache';
import { closeSocket, isOpen, onceClosed } from './client-socket';
import { Gateways } from './gateways';
import { readHandshake } from './handshake';
import type { GatewayPlace } from './message-classes';

/** Whom a client proved to act for, in which session and how long that counts without another look. */
export interface IdentifiedClient {
  readonly principal: Principal;
  readonly session: SessionReference;
  /** Which secret id of the session it is; left out for a token. */
  readonly generation?: number;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

/** What a client proved before it was connected; `anonymous` where a public place asks for nothing. */
export type Identified = IdentifiedClient | 'anonymous';

/** Decides who may open a socket, before anything of the application learns of it. */
@Injectable()
export class Handshakes {
  constructor(
    private readonly gateways: Gateways,
    private readonly accessTokens: AccessTokens,
    private readonly cache: VerifiedTokenCache,
    private readonly revocations: Revocations,
    private readonly feed: ChangeFeed,
    private readonly connections: LiveConnections,
    private readonly choices: SessionChoices,
    private readonly sessions: KnownSessions,
    private readonly cookies: SessionCookies,
    private readonly clock: Clock,
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
  ) {}

  /**
   * Who opens a socket. It is a promise only where a key or the choices of the session have to be
   * looked up. A credential that is presented has to be good, also where none is asked for.
   *
   * Browsers send a WebSocket's handshake to every site, hence the look at `Origin` (RFC 6455 §10.2).
   *
   * @throws AuthError `origin_refused`, `unauthenticated`, `invalid_token`, `ambiguous_credentials`,
   * `authority_stale`, `database_unavailable`
   */
  identify(
    client: object,
    request: unknown,
    place: GatewayPlace,
  ): Identified | Promise<Identified> {
    const { request: opening, token } = readHandshake(client, request);
    refusePresentForeignOrigin(opening, this.options.origins);
    const secretId = this.cookies.secretId(opening);
    if (secretId !== undefined) {
      if (token !== undefined) throw new AuthError('ambiguous_credentials');
      return this.#bySecretId(opening, secretId);
    }
    if (token === undefined) {
      if (this.gateways.isPublic(place)) return 'anonymous';
      throw new AuthError('unauthenticated');
    }
    const verified = this.cache.get(token) ?? this.accessTokens.verify(token);
    return verified instanceof Promise
      ? verified.then((good) => this.#principalOf(good))
      : this.#principalOf(verified);
  }

  /**
   * Makes a socket act for whom its client proved to be, until the session ends.
   *
   * @throws AuthError `invalid_token` when the session ended meanwhile, `authority_stale`, `overloaded`
   */
  connect(client: object, identified: Identified): void {
    if (!isOpen(client)) throw new AuthError('unauthenticated');
    if (identified === 'anonymous') return;
    const { session, generation, expiresAt, principal } = identified;
    const close = (reason: AuthError) => closeSocket(client, reason);
    this.connections.admit(client, { session, generation, expiresAt, close });
    onceClosed(client, () => this.connections.release(client));
    setPrincipal(client, principal);
  }

  /**
   * Browsers send the cookie along with the handshake of any page, which needs no leave of ours: nobody
   * who does not name an origin of ours gets further.
   */
  #bySecretId(opening: HttpRequest, secretId: string): Identified | Promise<Identified> {
    refuseForeignOrigin(opening, this.options.origins);
    this.feed.assertFresh();
    const session = this.sessions.find(secretId);
    return session instanceof Promise
      ? session.then((found) => this.#clientOf(found))
      : this.#clientOf(session);
  }

  /** The id before is good for requests that are under way: a socket would keep what it was worth for ever. */
  #clientOf(session: IdentifiedSession): Identified {
    if (!session.isCurrent) throw new AuthError('unauthenticated');
    const endsAt = Math.floor(session.cookie.endsAt.getTime() / 1000);
    const until = this.clock.nowSeconds() + this.options.accessTokens.ttlSeconds;
    const { principal, cookie } = session;
    return {
      principal,
      session,
      generation: cookie.counter,
      expiresAt: Math.min(until, endsAt),
    };
  }

  #principalOf(verified: VerifiedAccessToken): Identified | Promise<Identified> {
    this.feed.assertFresh();
    if (this.revocations.covers(verified)) throw new AuthError('invalid_token');
    const { expiresAt } = verified;
    const principal = this.choices.principalOf(verified);
    return principal instanceof Promise
      ? principal.then((found) => ({ session: verified, expiresAt, principal: found }))
      : { session: verified, expiresAt, principal };
  }
}
