import { AuthError } from '../errors/auth-error';
import type { HttpRequest } from './http-request';

/*
 * Proofs that a request was made by a page of ours (controls CK-6, CK-7; protocol.md §5).
 * Callers ask in this order: the origin, then the media type, then the header. A foreign page learns
 * nothing but that it is foreign.
 */

const JSON_TYPE = /^application\/json[ \t]*(?:;[ \t]*charset=utf-8[ \t]*)?$/i;

/**
 * For requests that a cookie authenticates and for those whose answer sets one: `Origin` must equal
 * one of `origins`; without it `Sec-Fetch-Site` must be `same-origin`. Neither is a refusal too.
 *
 * @throws AuthError `origin_refused`
 */
export function refuseForeignOrigin(request: HttpRequest, origins: readonly string[]): void {
  const { origin } = request.headers;
  const own =
    origin === undefined
      ? request.headers['sec-fetch-site'] === 'same-origin'
      : origins.includes(origin);
  if (!own) throw new AuthError('origin_refused');
}

/**
 * For requests that no cookie authenticates: a native client sends neither header and passes, a
 * browser that names a foreign origin does not.
 *
 * @throws AuthError `origin_refused`
 */
export function refusePresentForeignOrigin(request: HttpRequest, origins: readonly string[]): void {
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if (origin === undefined && (site === undefined || site === 'none')) return;
  refuseForeignOrigin(request, origins);
}

/**
 * Every body must say that it is JSON, because a form cannot say so without asking the server first
 * (Fetch §"CORS-safelisted request-header", CK-7). A request without body and without
 * `Content-Type` passes.
 *
 * @throws AuthError `unsupported_media_type`
 */
export function requireJsonBody(request: HttpRequest): void {
  const type = request.headers['content-type'];
  if (type === undefined ? hasBody(request) : !JSON_TYPE.test(type)) {
    throw new AuthError('unsupported_media_type');
  }
}

/**
 * For requests that a cookie authenticates: the header `x-csrf: 1`, which a foreign page can only
 * send after a preflight that we refuse.
 *
 * @throws AuthError `csrf_failed`
 */
export function requireCsrfHeader(request: HttpRequest): void {
  if (request.headers['x-csrf'] !== '1') throw new AuthError('csrf_failed');
}

/** RFC 9112 §6: a request has a body when one of the two framing headers says so. */
function hasBody({ headers }: HttpRequest): boolean {
  if (headers['transfer-encoding'] !== undefined) return true;
  return headers['content-length'] !== undefined && Number(headers['content-length']) !== 0;
}
