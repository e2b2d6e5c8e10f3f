import type { ResolvedAuthOptions } from './auth-options';
import { isLoopback, siteOf } from './site-of';

/** Two settings that cannot both be right, and what to do. */
export interface Contradiction {
  /** What will go wrong. */
  readonly problem: string;
  readonly remedy: string;
}

/** Everything that the check looks at. */
export interface BrowserSettings extends Pick<
  ResolvedAuthOptions,
  'issuer' | 'origins' | 'proxyHops'
> {
  readonly cookies: Pick<ResolvedAuthOptions['cookies'], 'preset'>;
  /** Whether this process itself speaks TLS. */
  readonly terminatesTls: boolean;
  readonly isProduction: boolean;
  /** Whether this server has pages with forms of its own. */
  readonly hasForms: boolean;
}

/**
 * Finds what contradicts each other between the public URL, the origins, the cookies and the proxies.
 * None of it is insecure by itself, or the options would have refused it; each makes somebody search for
 * hours why nobody stays signed in.
 */
export function browserContradictions(settings: BrowserSettings): readonly Contradiction[] {
  const issuer = new URL(settings.issuer);
  return [
    ...cookieContradictions(settings, issuer),
    ...settings.origins.flatMap((origin) => originContradiction(new URL(origin), issuer)),
    ...formContradictions(settings, issuer),
    ...proxyContradictions(settings, issuer),
  ];
}

function cookieContradictions(
  { cookies: { preset }, issuer: given }: BrowserSettings,
  issuer: URL,
): Contradiction[] {
  if (preset === 'plain' && issuer.protocol === 'https:') {
    return [
      {
        problem: `issuer is ${given}, yet cookies.preset 'plain' sends cookies without Secure and __Host-`,
        remedy: `leave cookies.preset out; where the server is developed on plain http, make issuer the http URL that browsers use`,
      },
    ];
  }
  if (preset === 'host' && issuer.protocol === 'http:' && !isLoopback(issuer.hostname)) {
    return [
      {
        problem: `issuer is ${given}, and browsers drop Secure cookies that come over plain http: nobody will stay signed in`,
        remedy: `make issuer the https URL that browsers use; for development set cookies.preset to 'plain' or use http://localhost`,
      },
    ];
  }
  return [];
}

function originContradiction(origin: URL, issuer: URL): Contradiction[] {
  if (origin.protocol === 'http:' && issuer.protocol === 'https:' && !isLoopback(origin.hostname)) {
    return [
      {
        problem: `origins names ${origin.origin} beside the https issuer: whoever sits on the network can be that page`,
        remedy: `serve the page by https and name https://${origin.host}, or take it out of origins`,
      },
    ];
  }
  if (siteOf(origin) === siteOf(issuer)) return [];
  return [
    {
      problem: `origins names ${origin.origin}, another site than ${issuer.origin}: browsers will never send our SameSite cookies from its pages`,
      remedy: `serve both below one domain (app.${issuer.hostname}), or through one origin by a proxy; a native client signs in with transport 'body'. Ports do not matter, scheme and domain do`,
    },
  ];
}

function formContradictions({ hasForms, origins }: BrowserSettings, issuer: URL): Contradiction[] {
  if (!hasForms || origins.includes(issuer.origin)) return [];
  return [
    {
      problem: `forms are on, but origins does not name ${issuer.origin}: every form of a page of this server will be refused`,
      remedy: `add ${issuer.origin} to origins`,
    },
  ];
}

function proxyContradictions(
  { proxyHops, isProduction, terminatesTls }: BrowserSettings,
  issuer: URL,
): Contradiction[] {
  if (issuer.protocol === 'http:' || terminatesTls || proxyHops > 0 || !isProduction) return [];
  return [
    {
      problem: `issuer is https, this server speaks plain http, and proxyHops is 0: a proxy must stand in front, and all clients count as that one`,
      remedy: `set proxyHops to the number of proxies that add to X-Forwarded-For`,
    },
  ];
}
