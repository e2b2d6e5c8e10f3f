import { AuthError } from '../errors/auth-error';
import type { HttpRequest } from '../requests/http-request';
import { bearerTokenIn, bearerTokenOf } from '../tokens/bearer-token';
import { isSocketIo } from './client-socket';

/** What a client sent to open a socket. */
export interface Handshake {
  readonly request: HttpRequest;
  /** The access token, from the one place that carries one. */
  readonly token?: string;
}

/**
 * Reads the request that opened a socket, and its access token: from the header `Authorization`, from
 * `auth.token` of socket.io, or from `Sec-WebSocket-Protocol: bearer, <token>`, which is all that a
 * page can set on a plain WebSocket. Never from the URL, which ends in logs (JW-15).
 *
 * @throws AuthError `unauthenticated` where there is no request, `invalid_token`,
 * `ambiguous_credentials`
 */
export function readHandshake(client: object, given: unknown): Handshake {
  const request = requestOf(isSocketIo(client) ? client.request : given);
  const found = [
    bearerTokenOf(request),
    isSocketIo(client) ? tokenOfAuth(client.handshake.auth) : tokenOfProtocols(request),
  ].filter((token) => token !== undefined);
  if (found.length > 1) throw new AuthError('ambiguous_credentials');
  return { request, token: found[0] };
}

function requestOf(value: unknown): HttpRequest {
  const request = value as Partial<HttpRequest> | undefined;
  if (typeof request?.headers !== 'object') throw new AuthError('unauthenticated');
  return request as HttpRequest;
}

function tokenOfAuth(auth: unknown): string | undefined {
  const { token } = (auth ?? {}) as { readonly token?: unknown };
  if (token === undefined || token === null) return undefined;
  return bearerTokenIn(`Bearer ${typeof token === 'string' ? token : ''}`);
}

/** The server names the first protocol in its answer, which must not be the token (RFC 6455 §4.2.2). */
function tokenOfProtocols({ headers }: HttpRequest): string | undefined {
  const [scheme, token] = (headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((name) => name.trim());
  return scheme?.toLowerCase() === 'bearer' ? bearerTokenIn(`Bearer ${token ?? ''}`) : undefined;
}
