import type { IncomingHttpHeaders } from 'node:http';

/** What is between two neighbours and goes no further (RFC 9110 §7.6.1). */
const OF_THE_CONNECTION =
  /^(?:connection|expect|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/;

/** What nobody may call so, because it says who asks, from where, or how long a body is. */
const NEVER_OF_THE_CONNECTION = /^(?:authorization|content-.*|cookie|origin|sec-fetch-.*|x-csrf)$/;

/** Whom the client claims to be is not passed on: the front says who asked (RFC 7239 §8.1). */
const CLAIMS = /^(?:forwarded|host|via|x-forwarded-.*|x-real-ip)$/;

type Headers = Readonly<Record<string, string | string[]>>;

/** The headers of a message that are for whoever comes behind a proxy. */
export function endToEnd(headers: IncomingHttpHeaders): Headers {
  const named = (headers.connection ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => !NEVER_OF_THE_CONNECTION.test(name));
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || OF_THE_CONNECTION.test(name) || named.includes(name)
        ? []
        : [[name, value]],
    ),
  );
}

/**
 * The headers of a request, as the API gets it. The length of a body stays as it was, or is in chunks again:
 * Node would send that of a GET without either, and the API would take it for the next request.
 */
export function headersForApi(headers: IncomingHttpHeaders, remoteAddress = ''): Headers {
  const claimless = Object.entries(endToEnd(headers)).filter(([name]) => !CLAIMS.test(name));
  return {
    ...Object.fromEntries(claimless),
    ...(headers['transfer-encoding'] !== undefined && { 'transfer-encoding': 'chunked' }),
    'x-forwarded-for': remoteAddress,
  };
}
