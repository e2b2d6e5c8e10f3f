import type { ResolvedAuthOptions } from '../options/auth-options';

/** The cookies of Portcullis under the configured preset. */
export interface CookieNames {
  /** The refresh token of the `cookie` transport. */
  readonly refresh: string;
  /** The session id of the `session` transport. */
  readonly session: string;
  /** Readable by scripts: tells the client that a session may exist. No secret. */
  readonly hint: string;
  /** The pre-session of a browser that has a login form open. */
  readonly form: string;
  /** Marks a browser that signed in before, for the throttling of guesses. */
  readonly device: string;
  /** Whether each of them carries `Secure`. */
  readonly secure: boolean;
}

const HOST = named('__Host-', true);
const PLAIN = named('', false);

/** The names of our cookies. `__Host-` keeps neighbouring hosts from planting them (RFC 6265bis §4.1.3.2, CK-1). */
export function cookieNames(preset: ResolvedAuthOptions['cookies']['preset']): CookieNames {
  return preset === 'plain' ? PLAIN : HOST;
}

function named(prefix: '__Host-' | '', secure: boolean): CookieNames {
  return Object.freeze({
    refresh: `${prefix}portcullis-refresh`,
    session: `${prefix}portcullis-session`,
    hint: `${prefix}portcullis-hint`,
    form: `${prefix}portcullis-form`,
    device: `${prefix}portcullis-device`,
    secure,
  });
}
