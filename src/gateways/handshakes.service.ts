import { Inject, Injectable } from '@nestjs/common';
import { ChangeFeed } from '../change-feed/change-feed';
import { AuthError } from '../errors/auth-error';
import { ResolvedAuthOptions } from '../options/auth-options';
import { refusePresentForeignOrigin } from '../requests/request-forgery';
import { setPrincipal, type Principal } from '../route-access/principal';
import { LiveConnections } from '../sessions/live-connections';
import { Revocations } from '../sessions/revocations';
import { SessionChoices } from '../sessions/session-choices';
import { AccessTokens } from '../tokens/access-tokens';
import type { VerifiedAccessToken } from '../tokens/verified-access-token';
import { VerifiedTokenCache } from '../tokens/verified-token-cache';
import { closeSocket, isOpen, onceClosed } from './client-socket';
import { Gateways } from './gateways';
import { readHandshake } from './handshake';
import type { GatewayPlace } from './message-classes';

/** Whom a client proved to act for, and by which token. */
export interface IdentifiedClient {
  readonly principal: Principal;
  readonly verified: VerifiedAccessToken;
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
    const handshake = readHandshake(client, request);
    refusePresentForeignOrigin(handshake.request, this.options.origins);
    const { token } = handshake;
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
    const { verified, principal } = identified;
    const close = (reason: AuthError) => closeSocket(client, reason);
    this.connections.admit(client, { session: verified, expiresAt: verified.expiresAt, close });
    onceClosed(client, () => this.connections.release(client));
    setPrincipal(client, principal);
  }

  #principalOf(verified: VerifiedAccessToken): Identified | Promise<Identified> {
    this.feed.assertFresh();
    if (this.revocations.covers(verified)) throw new AuthError('invalid_token');
    const principal = this.choices.principalOf(verified);
    return principal instanceof Promise
      ? principal.then((found) => ({ verified, principal: found }))
      : { verified, principal };
  }
}
