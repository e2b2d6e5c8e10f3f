/*
 * Values of `WWW-Authenticate` where a bearer token does not help (RFC 6750 §3.1). They name neither a
 * realm nor what would have helped.
 */

/** More than one credential. */
export const INVALID_REQUEST_CHALLENGE = 'Bearer error="invalid_request"';

/** Every refused bearer token. */
export const INVALID_TOKEN_CHALLENGE = 'Bearer error="invalid_token"';

/** A bearer token that counts, of somebody who may not. */
export const INSUFFICIENT_SCOPE_CHALLENGE = 'Bearer error="insufficient_scope"';
