import { AuthError } from '../errors/auth-error';
import { INVALID_REQUEST_CHALLENGE } from '../errors/bearer-challenges';
import type { HttpRequest } from '../requests/http-request';

interface CarriesRawHeaders {
  readonly rawHeaders?: readonly string[];
  readonly raw?: { readonly rawHeaders?: readonly string[] };
}

/** One scheme, one space, one token (RFC 6750 §2.1); the name of a scheme has no case (RFC 9110 §11.1). */
const BEARER = /^bearer ([A-Za-z0-9._~+/-]+=*)$/i;

/**
 * The bearer token of a request, or undefined where it carries none. The header is the only place a
 * token is taken from: never a query parameter, a body or a cookie (control JW-15).
 *
 * @throws AuthError `invalid_token` for a malformed header, `ambiguous_credentials` for two headers
 */
export function bearerTokenOf(request: HttpRequest): string | undefined {
  const authorization = authorizationOf(request);
  return authorization === undefined ? undefined : bearerTokenIn(authorization);
}

/**
 * The one `Authorization` header of a request, whatever its scheme.
 *
 * @throws AuthError `ambiguous_credentials` for two, which RFC 6750 §3.1 calls an invalid request
 */
export function authorizationOf(request: HttpRequest): string | undefined {
  const { authorization } = request.headers;
  if (authorization !== undefined && countsTwice(request)) {
    throw new AuthError('ambiguous_credentials', { challenge: INVALID_REQUEST_CHALLENGE });
  }
  return authorization;
}

/**
 * The token in the value of an `Authorization` header, wherever a transport carries it.
 *
 * @throws AuthError `invalid_token` for any other text
 */
export function bearerTokenIn(authorization: string): string {
  const token = BEARER.exec(authorization)?.[1];
  if (token === undefined) throw new AuthError('invalid_token');
  return token;
}

/** Node keeps the first of two Authorization headers and drops the other in silence. */
function countsTwice(request: HttpRequest & CarriesRawHeaders): boolean {
  const raw = request.rawHeaders ?? request.raw?.rawHeaders ?? [];
  let seen = 0;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index];
    if (name?.length === 13 && name.toLowerCase() === 'authorization') seen += 1;
  }
  return seen > 1;
}
