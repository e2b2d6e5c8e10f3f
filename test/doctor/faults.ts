import type { Fault } from './wrong-server';

/** What may be wrong, and the complaint that it brings. */
export const FAULTS: readonly (readonly [string, Fault, RegExp])[] = [
  [
    'an issuer of another name',
    { body: swap('"issuer":"http', '"issuer":"https') },
    /^failure metadata: the issuer is "https/,
  ],
  [
    'no metadata',
    answering('/.well-known/oauth-authorization-server', 404),
    /^failure metadata: .*JSON/,
  ],
  [
    'keys elsewhere',
    { body: swap(/"jwks_uri":"[^"]*/, '"jwks_uri":"https://keys.invalid/jwks') },
    /^failure keys: .*not on this host/,
  ],
  ['no key', { body: swap(/"keys":\[.*\]/, '"keys":[]') }, /^failure keys: .*holds no keys/],
  [
    'a private key',
    { body: swap('"kty":"EC"', '"kty":"EC","d":"AAAA"') },
    /^failure keys: .*only its owner may know: d/,
  ],
  [
    'a symmetric key',
    { body: swap('"kty":"EC"', '"kty":"oct","k":"AAAA"') },
    /^failure keys: .*: k$/,
  ],
  ['a key without kid', { body: swap('"kid"', '"kidd"') }, /^failure keys: .*does not say its kid/],
  ['an open session route', answering('/auth/session', 200), /^failure route: .*answers 200/],
  ['a clock ten seconds ahead', dateShifted(10_000), /^warning clock: .*by (?:9|10)\.\d s/],
  ['a clock two minutes behind', dateShifted(-120_000), /^failure clock: .*by 1(?:19|20|21)\.\d s/],
  ['no Date', { head: put('date', undefined) }, /^warning clock: .*no Date/],
  [
    'answers that caches keep',
    { head: put('cache-control', 'public, max-age=60') },
    /^failure caching/,
  ],
  [
    'sniffing',
    { head: put('x-content-type-options', undefined) },
    /^warning headers: X-Content-Type/,
  ],
  [
    'framing',
    {
      head: (headers) => {
        put('content-security-policy', undefined)(headers);
        put('x-frame-options', undefined)(headers);
      },
    },
    /^warning headers: nothing forbids/,
  ],
  ['a boast', { head: put('x-powered-by', 'Express') }, /^warning headers: X-Powered-By/],
  [
    'cookies without Secure',
    rewrittenCookies('; Secure', ''),
    /^failure cookies: cookie \S+ lacks Secure$/,
  ],
  [
    'cookies for scripts',
    rewrittenCookies('; HttpOnly', ''),
    /^failure cookies: cookie \S+ lacks HttpOnly$/,
  ],
  [
    'cookies for all sites',
    rewrittenCookies('SameSite=Strict', 'SameSite=None'),
    /^failure cookies: .*lacks SameSite$/,
  ],
  [
    'cookies without SameSite',
    rewrittenCookies('; SameSite=Strict', ''),
    /^failure cookies: .*lacks SameSite$/,
  ],
  [
    'cookies of a path',
    rewrittenCookies('Path=/', 'Path=/auth'),
    /^failure cookies: .*lacks Path=\//,
  ],
  [
    'cookies of a domain',
    rewrittenCookies('Path=/', 'Path=/; Domain=example.org'),
    /^failure cookies: .*the absence of Domain$/,
  ],
  [
    'cookies without prefix',
    rewrittenCookies('__Host-', ''),
    /^failure cookies: .*the prefix __Host-$/,
  ],
  ['no cookies', { head: put('set-cookie', undefined) }, /^warning cookies: .*sets no cookie/],
  ['CORS for everybody', reflecting(() => true), /^failure cors: CORS lets null in/],
  [
    'CORS by prefix',
    reflecting((origin, own) => origin.startsWith(own)),
    /^failure cors: CORS lets http:\/\/localhost:\d+\.doctor\.invalid in/,
  ],
  [
    'CORS by suffix',
    reflecting((origin, own) => origin.endsWith(own.replace('http://', ''))),
    /^failure cors: CORS lets http:\/\/doctor-localhost/,
  ],
  [
    'CORS without case',
    reflecting((origin, own) => origin.toLowerCase() === own),
    /^failure cors: CORS lets HTTP:\/\/LOCALHOST/,
  ],
  ['CORS for null', reflecting((origin) => origin === 'null'), /^failure cors: CORS lets null in/],
  [
    'a star with credentials',
    {
      head: (headers) => {
        put('access-control-allow-origin', '*')(headers);
        put('access-control-allow-credentials', 'true')(headers);
      },
    },
    /^failure cors: .*Allow-Origin: \*/,
  ],
  [
    'CORS without cookies',
    { head: put('access-control-allow-credentials', undefined) },
    /^failure cors-own: .*without its cookies/,
  ],
  [
    'hidden headers',
    { head: put('access-control-expose-headers', 'retry-after') },
    /^warning cors-own: .*cannot read date, www-authenticate$/,
  ],
  [
    'answers that hide what they depend on',
    { head: put('vary', 'Cookie') },
    /^warning cors-own: .*Vary/,
  ],
  [
    'a proxy that hides Origin',
    {
      before: ({ headers }) => {
        delete headers.origin;
      },
    },
    /^failure forgery: /,
  ],
  [
    'bodies of forms',
    {
      before: ({ headers }) => {
        if (headers['content-type'] !== undefined) headers['content-type'] = 'application/json';
      },
    },
    /^failure bodies: .*urlencoded/,
  ],
  [
    'no RateLimit headers',
    { head: put('ratelimit-remaining', undefined) },
    /^warning forwarding: /,
  ],
  [
    'X-Forwarded-For of anybody',
    counting('x-forwarded-for'),
    /^failure forwarding: x-forwarded-for from anybody/,
  ],
  ['X-Real-IP of anybody', counting('x-real-ip'), /^failure forwarding: x-real-ip from anybody/],
];

function swap(found: string | RegExp, by: string): NonNullable<Fault['body']> {
  return (text) => text.replace(found, by);
}

/** Sets a header of the answer, or takes it away. */
export function put(
  name: string,
  value: string | undefined,
): (headers: Record<string, unknown>) => void {
  return (headers) => {
    if (value === undefined) Reflect.deleteProperty(headers, name);
    else headers[name] = value;
  };
}

function answering(path: string, status: number): Fault {
  return {
    instead: (incoming, response) => {
      if (incoming.url !== path) return false;
      response.writeHead(status, { 'content-type': 'text/html' }).end('<p>proxy</p>');
      return true;
    },
  };
}

function dateShifted(milliseconds: number): Fault {
  return {
    head: (headers) => put('date', new Date(Date.now() + milliseconds).toUTCString())(headers),
  };
}

function rewrittenCookies(found: string, by: string): Fault {
  return {
    head: (headers) => {
      const lines = headers['set-cookie'] as string[] | undefined;
      if (lines !== undefined) headers['set-cookie'] = lines.map((line) => line.replace(found, by));
    },
  };
}

function reflecting(allows: (origin: string, own: string) => boolean): Fault {
  return {
    head: (headers, { headers: { origin, host } }) => {
      if (origin === undefined || !allows(origin, `http://${host ?? ''}`)) return;
      headers['access-control-allow-origin'] = origin;
      headers['access-control-allow-credentials'] = 'true';
    },
  };
}

/** Counts whoever names an address in a header apart, as a server does that believes it. */
function counting(header: string): Fault {
  const left = new Map<string, number>();
  return {
    head: (headers, incoming) => {
      const source = String(incoming.headers[header] ?? 'connection');
      const remaining = (left.get(source) ?? 300) - 1;
      left.set(source, remaining);
      if (headers['ratelimit-remaining'] !== undefined) headers['ratelimit-remaining'] = remaining;
    },
  };
}
