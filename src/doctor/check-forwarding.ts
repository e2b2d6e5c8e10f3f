import { randomInt } from 'node:crypto';
import { findings, type Complaint, type Finding } from './finding';
import type { Probe } from './probe';

/** Headers in which proxies tell an address, and in which anybody can. */
const FORWARDING = [
  'x-forwarded-for',
  'forwarded',
  'x-real-ip',
  'cf-connecting-ip',
  'true-client-ip',
];

/**
 * Whether a client can choose the address it is throttled by (LG-5). Where a header is believed, a new
 * address brings a new count, so that `RateLimit-Remaining` rises; a window that ends in between does
 * not look like it, since every second request comes without the header.
 */
export async function checkForwarding(probe: Probe, prefix: string): Promise<Finding[]> {
  const failures: Complaint[] = [];
  for (const header of FORWARDING) {
    const counts: number[] = [];
    for (const isForged of [false, true, false, true]) {
      const headers = isForged ? { [header]: forged(header) } : undefined;
      const answer = await probe.ask(`/${prefix}/session`, { headers });
      counts.push(Number(answer.headers['ratelimit-remaining'] ?? Number.NaN));
    }
    if (counts.some(Number.isNaN)) return findings('forwarding', '', { warnings: [UNSEEN] });
    const [first = 0, second = 0, third = 0, fourth = 0] = counts;
    if (second > first && fourth > third) {
      failures.push({
        message: `${header} from anybody is believed: each address gets limits of its own`,
        remedy:
          'set proxyHops to the number of proxies in front of this URL, and let nobody reach the server past them',
      });
    }
  }
  return findings('forwarding', 'no forwarding header of a client is believed', { failures });
}

const UNSEEN: Complaint = {
  message: 'the answers carry no RateLimit headers, so it cannot be seen whom they count',
  remedy: 'let the proxy keep RateLimit-Limit and RateLimit-Remaining',
};

/** An address that nobody has: 198.18.0.0/15 is for benchmarks (RFC 2544). */
function forged(header: string): string {
  const address = `198.${18 + randomInt(2)}.${randomInt(256)}.${randomInt(256)}`;
  return header === 'forwarded' ? `for=${address}` : address;
}
