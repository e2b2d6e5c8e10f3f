import fc from 'fast-check';
import { clientAddress, throttlingSource } from '../../src/requests/client-address';
import type { HttpRequest } from '../../src/requests/http-request';

const PROXY = '10.0.0.9';

function from(
  remoteAddress: string | undefined,
  headers: Record<string, string | string[]> = {},
): HttpRequest {
  return {
    method: 'POST',
    url: '/auth/login',
    headers,
    socket: remoteAddress === undefined ? undefined : { remoteAddress },
  };
}

function forwarded(value: string | string[], proxyHops: number): string {
  return clientAddress(from(PROXY, { 'x-forwarded-for': value }), proxyHops);
}

describe('without proxies', () => {
  it('LG-5: no header that a client can send changes the address', () => {
    const spoofed = '203.0.113.7';
    const names = [
      'x-forwarded-for',
      'x-real-ip',
      'forwarded',
      'true-client-ip',
      'cf-connecting-ip',
      'x-client-ip',
      'x-cluster-client-ip',
      'fastly-client-ip',
    ];
    for (const name of names) {
      const value = name === 'forwarded' ? `for=${spoofed}` : spoofed;
      expect(clientAddress(from('198.51.100.4', { [name]: value }), 0)).toBe('198.51.100.4');
    }
    const chain = new Array(20).fill(spoofed).join(', ');
    expect(clientAddress(from('198.51.100.4', { 'x-forwarded-for': chain }), 0)).toBe(
      '198.51.100.4',
    );
  });

  it('a connection without address is one unknown source', () => {
    expect(clientAddress(from(undefined), 0)).toBe('unknown');
    expect(clientAddress(from(''), 0)).toBe('unknown');
    expect(throttlingSource('unknown')).toBe('unknown');
  });
});

describe('behind proxies', () => {
  it.each([
    [1, '198.51.100.4'],
    [2, '203.0.113.2'],
    [3, '203.0.113.1'],
  ])('LG-5: %i hops take that entry from the right: %s', (proxyHops, expected) => {
    expect(forwarded('203.0.113.1, 203.0.113.2,198.51.100.4', proxyHops)).toBe(expected);
  });

  it('LG-5: whatever a client puts in front, the entry of its proxy decides', () => {
    const anything = fc.array(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()), { maxLength: 30 });
    fc.assert(
      fc.property(anything, fc.integer({ min: 1, max: 3 }), (planted, proxyHops) => {
        const vouched = ['198.51.100.4', '10.0.0.7', '10.0.0.8'].slice(0, proxyHops);
        expect(forwarded([...planted, ...vouched].join(', '), proxyHops)).toBe('198.51.100.4');
        expect(forwarded([planted.join(','), ...vouched], proxyHops)).toBe('198.51.100.4');
      }),
    );
  });

  it('LG-5: other forwarding headers stay ignored behind a proxy', () => {
    const headers = { 'x-real-ip': '203.0.113.7', forwarded: 'for=203.0.113.7' };
    expect(clientAddress(from(PROXY, headers), 1)).toBe(PROXY);
  });

  it('fewer entries than hops end at the leftmost one, no entry at the connection', () => {
    expect(forwarded('198.51.100.4', 3)).toBe('198.51.100.4');
    expect(forwarded('', 2)).toBe(PROXY);
    expect(clientAddress(from(PROXY), 2)).toBe(PROXY);
  });

  it.each(['unknown', '_hidden', '999.1.1.1', '1.2.3', '010.0.0.1', '[::1', 'a.test', ' ', '%'])(
    'what is no address, as %j, ends the walk at the last address that was vouched for',
    (garbage) => {
      expect(forwarded(`198.51.100.4, ${garbage}`, 2)).toBe(PROXY);
      expect(forwarded(`198.51.100.4, ${garbage}, 10.0.0.8`, 3)).toBe('10.0.0.8');
    },
  );

  it('a proxy on a unix socket vouches for the client all the same', () => {
    const request = from(undefined, { 'x-forwarded-for': '198.51.100.4' });
    expect(clientAddress(request, 1)).toBe('198.51.100.4');
  });
});

describe('spellings', () => {
  it.each([
    ['198.51.100.4:4711', '198.51.100.4'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::ffff:198.51.100.4', '198.51.100.4'],
    ['::FFFF:c633:6404', '198.51.100.4'],
    ['0:0:0:0:0:ffff:198.51.100.4', '198.51.100.4'],
    ['[::ffff:198.51.100.4]:80', '198.51.100.4'],
    ['::1', '::1'],
  ])('%s is %s, in a header and on a connection', (spelt, expected) => {
    expect(forwarded(spelt, 1)).toBe(expected);
    expect(clientAddress(from(spelt), 0)).toBe(expected);
  });
});

describe('the throttling key', () => {
  it('LG-6: every address of one /64 is one source, in whatever spelling', () => {
    const host = fc.ipV6().map((address) => address);
    fc.assert(
      fc.property(fc.bigInt(0n, (1n << 64n) - 1n), (low) => {
        const groups = [48n, 32n, 16n, 0n].map((shift) => ((low >> shift) & 0xffffn).toString(16));
        const address = clientAddress(from(`2001:db8:0:7:${groups.join(':')}`), 0);
        expect(throttlingSource(address)).toBe('2001:db8:0:7::/64');
      }),
    );
    fc.assert(
      fc.property(host, (address) => {
        expect(throttlingSource(clientAddress(from(address), 0))).not.toBe('2001:db8:0:7::/64');
      }),
    );
  });

  it('LG-6: neighbouring networks are two sources', () => {
    expect(throttlingSource('2001:db8:0:8::1')).toBe('2001:db8:0:8::/64');
    expect(throttlingSource('2001:db8::1')).toBe('2001:db8:0:0::/64');
    expect(throttlingSource('::1')).toBe('0:0:0:0::/64');
    expect(throttlingSource('1:2:3:4:5:6:7:8')).toBe('1:2:3:4::/64');
  });

  it('an IPv4 address is a source of its own', () => {
    expect(throttlingSource('198.51.100.4')).toBe('198.51.100.4');
    expect(throttlingSource('198.51.100.5')).toBe('198.51.100.5');
  });
});
