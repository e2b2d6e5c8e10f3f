import { isUtf8 } from 'node:buffer';
import { AuthError } from '../errors/auth-error';
import { decodeFormText, type FormParameters } from '../requests/form-body';

/** What a client sent about itself: by HTTP Basic, in the form, or its name alone. */
export interface ClientCredentials {
  readonly clientId: string;
  /** Left out by a client that has none (RFC 6749 §2.1, public). */
  readonly secret?: string;
}

/** RFC 7617 §2; the name of a scheme has no case (RFC 9110 §11.1). */
const BASIC = /^basic ([A-Za-z0-9+/]+={0,2})$/i;

/**
 * The credentials of a client (RFC 6749 §2.3.1); undefined where it sent none.
 *
 * @param authorization the header `Authorization`
 * @throws AuthError `ambiguous_credentials` for more than one method (RFC 6749 §2.3), `invalid_client`
 * for a header that is not Basic credentials
 */
export function clientCredentialsOf(
  authorization: string | undefined,
  form: FormParameters,
): ClientCredentials | undefined {
  const clientId = form.get('client_id');
  const secret = form.get('client_secret');
  if (authorization === undefined) {
    if (clientId !== undefined) return { clientId, secret };
    if (secret === undefined) return undefined;
    throw new AuthError('validation_failed', { detail: 'client_secret without client_id' });
  }
  const basic = basicCredentials(authorization);
  if (basic === undefined) throw invalidClient();
  // Clients may repeat their name in the body, as long as it is theirs.
  if (secret !== undefined || (clientId !== undefined && clientId !== basic.clientId)) {
    throw new AuthError('ambiguous_credentials');
  }
  return basic;
}

/** Both halves are urlencoded before they are joined and encoded (RFC 6749 §2.3.1). */
function basicCredentials(authorization: string): ClientCredentials | undefined {
  const encoded = BASIC.exec(authorization)?.[1];
  if (encoded === undefined) return undefined;
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.toString('base64') !== encoded || !isUtf8(bytes)) return undefined;
  const text = bytes.toString('utf8');
  const colon = text.indexOf(':');
  if (colon === -1) return undefined;
  const clientId = decodeFormText(text.slice(0, colon));
  const secret = decodeFormText(text.slice(colon + 1));
  return clientId === undefined || secret === undefined ? undefined : { clientId, secret };
}

/**
 * The answer to a client that is not known (RFC 6749 §5.2). RFC 7617 §2 wants a realm; this one names
 * nothing of ours.
 */
export function invalidClient(): AuthError {
  return new AuthError('invalid_client', { challenge: 'Basic realm="oauth", charset="UTF-8"' });
}
