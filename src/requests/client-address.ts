import { isIP } from 'node:net';
import type { HttpRequest } from './http-request';

/** What stands for an address where the connection has none, as on a unix socket. */
export const UNKNOWN_ADDRESS = 'unknown';

const WITH_PORT = /^(?:\[([^\]]*)\]|(\d+\.\d+\.\d+\.\d+))(?::\d{1,5})?$/;
const MAPPED_IPV4 = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;
const IPV6_GROUPS = 8;
const SOURCE_GROUPS = 4;

/**
 * The address of the client, seen through exactly `proxyHops` proxies (control LG-5).
 *
 * Each proxy appends to `X-Forwarded-For` the address it was called from, so the entries are
 * trusted from the right, one per hop. Where there are fewer entries than hops, or one of them is
 * no address, the walk ends at the last address that a trusted proxy vouched for, which is that of
 * the connection itself where nobody vouched. With 0 hops every forwarding header is ignored.
 */
export function clientAddress(request: HttpRequest, proxyHops: number): string {
  let address = parseAddress(request.socket?.remoteAddress ?? '');
  if (proxyHops === 0) return address ?? UNKNOWN_ADDRESS;
  const entries = forwardedFor(request);
  for (let hop = 1; hop <= proxyHops; hop++) {
    const entry = parseAddress(entries.at(-hop) ?? '');
    if (entry === undefined) break;
    address = entry;
  }
  return address ?? UNKNOWN_ADDRESS;
}

/** The throttling key of an address: IPv4 whole, IPv6 by /64, the smallest network a client gets (LG-6). */
export function throttlingSource(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail = ''] = address.split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === '' ? [] : tail.split(':');
  const zeros = new Array<string>(IPV6_GROUPS - first.length - last.length).fill('0');
  const network = [...first, ...zeros, ...last].slice(0, SOURCE_GROUPS);
  return `${network.join(':')}::/64`;
}

function forwardedFor(request: HttpRequest): readonly string[] {
  const header = request.headers['x-forwarded-for'];
  if (header === undefined) return [];
  return (Array.isArray(header) ? header.join(',') : header).split(',');
}

/** Reads one entry: an address, with or without brackets and port, in one spelling per address. */
function parseAddress(entry: string): string | undefined {
  const trimmed = entry.trim();
  const [, bracketed, beforePort] = WITH_PORT.exec(trimmed) ?? [];
  const address = bracketed ?? beforePort ?? trimmed;
  const version = isIP(address);
  if (version === 4) return address;
  if (version !== 6) return undefined;
  const zone = address.indexOf('%');
  const canonical = new URL(`http://[${zone === -1 ? address : address.slice(0, zone)}]/`).hostname;
  return mappedIpv4(canonical.slice(1, -1));
}

/** A dual-stack socket shows an IPv4 client as `::ffff:192.0.2.1`; it is still that one client. */
function mappedIpv4(canonical: string): string {
  const [, high, low] = MAPPED_IPV4.exec(canonical) ?? [];
  if (high === undefined || low === undefined) return canonical;
  return [high, low]
    .map((group) => Number.parseInt(group, 16))
    .flatMap((number) => [number >> 8, number & 0xff])
    .join('.');
}
