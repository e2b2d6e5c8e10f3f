import { print, type OptionReader } from './option-reader';

/** Cookies of the transports `cookie` and `session`. @publicApi */
export interface CookieOptions {
  /**
   * `host` names every cookie `__Host-…`: Secure, `Path=/`, no `Domain`. It is the one for production, also
   * behind a proxy that ends TLS (the cookies are Secure although the last hop is plain; set `proxyHops`),
   * for an app on app.example.org that calls api.example.org (one site: name the app in `origins`), and for
   * http://localhost in current browsers. `plain` drops prefix and Secure, for development on plain http
   * under another name or in a browser that keeps no Secure cookie of localhost; it is refused in production.
   * @default 'host'
   */
  readonly preset?: 'host' | 'plain';
  /**
   * `SameSite` of the session cookie. `Lax` also sends it when a link on another site leads here, so that
   * whoever follows one is signed in; requests that change something keep asking for proof.
   * @default 'Strict'
   */
  readonly sessionSameSite?: 'Strict' | 'Lax';
}

export function readCookieOptions(
  reader: OptionReader,
  given: CookieOptions | undefined,
): Required<CookieOptions> {
  const section = reader.section('cookies', given, ['preset', 'sessionSameSite']);
  const preset = reader.oneOf('cookies.preset', section.preset, ['host', 'plain'], 'host');
  if (preset === 'plain' && isProduction()) {
    reader.refuse({
      option: 'cookies.preset',
      value: print(preset),
      bound: `'host' in production`,
      reason: 'without __Host- and Secure a neighbouring host can plant a session (CK-1)',
    });
  }
  return {
    preset,
    sessionSameSite: reader.oneOf(
      'cookies.sessionSameSite',
      section.sessionSameSite,
      ['Strict', 'Lax'],
      'Strict',
    ),
  };
}

/** Whether what is only for development is refused. */
export function isProduction(): boolean {
  return process.env.NODE_ENV === 'production';
}

/** Reads the issuer: an absolute URL without query or fragment (RFC 8414 §2). */
export function readIssuer(reader: OptionReader, value: unknown): string {
  const url = parseUrl(value);
  const fits = url !== undefined && url.search === '' && url.hash === '' && url.username === '';
  if (fits && !String(value).endsWith('/')) return String(value);
  const holdsPassword = url !== undefined && url.password !== '';
  reader.refuse({
    option: 'issuer',
    value: holdsPassword ? undefined : print(value),
    bound: 'an http(s) URL without query, fragment or trailing slash',
    reason: 'it is compared character by character with `iss` (RFC 8414 §2, RFC 9068 §4)',
  });
  return '';
}

/** Reads the exact origins that browsers may send credentials from. */
export function readOrigins(
  reader: OptionReader,
  value: unknown,
  issuer: string,
): readonly string[] {
  if (value === undefined) {
    const own = parseUrl(issuer);
    return own === undefined ? [] : [own.origin];
  }
  if (!Array.isArray(value)) {
    reader.refuse({
      option: 'origins',
      value: print(value),
      bound: 'a list of origins',
      reason: 'each is compared exactly',
    });
    return [];
  }
  value.forEach((origin, index) => {
    if (!String(origin).includes('*') && parseUrl(origin)?.origin === origin) return;
    reader.refuse({
      option: `origins[${index}]`,
      value: print(origin),
      bound: 'an exact origin such as https://app.example.org, without path or wildcard',
      reason: 'a pattern would let a neighbour in (CK-10)',
    });
  });
  return value as string[];
}

function parseUrl(value: unknown): URL | undefined {
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  return url.protocol === 'https:' || url.protocol === 'http:' ? url : undefined;
}
