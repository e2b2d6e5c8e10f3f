import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { resolveAuthOptions } from '../../src/options/resolve-options';
import type { HttpRequest } from '../../src/requests/http-request';
import { RequestReader } from '../../src/requests/request-info';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function reader(proxyHops = 0): RequestReader {
  return new RequestReader(
    resolveAuthOptions({
      issuer: 'https://api.portcullis.test',
      secrets: ['q7W2-mZ8x_T4vB6nK1jL9hG3fD5sA0pR'],
      passwordPeppers: [{ version: 1, secret: 'Xy5RtB8uN2eW6oC1iV4zM7kQ3gJ9dH0f' }],
      proxyHops,
    }),
  );
}

function request(headers: HttpRequest['headers'] = {}): HttpRequest {
  return {
    method: 'POST',
    url: '/auth/login',
    headers,
    socket: { remoteAddress: '2001:db8::7' },
  };
}

it('a request is read once, and two requests are two', () => {
  const requests = reader();
  const one = request();
  expect(requests.read(one)).toBe(requests.read(one));
  expect(requests.read(request()).requestId).not.toBe(requests.read(one).requestId);
});

it('a wrapped request and the one inside are the same request', () => {
  const requests = reader();
  const raw = request();
  expect(requests.read({ ...request(), raw } as HttpRequest)).toBe(requests.read(raw));
});

it('the address and its throttling key follow the configured hops', () => {
  const headers = { 'x-forwarded-for': '198.51.100.4' };
  expect(reader(0).read(request(headers))).toMatchObject({
    ip: '2001:db8::7',
    source: '2001:db8:0:0::/64',
  });
  expect(reader(1).read(request(headers))).toMatchObject({
    ip: '198.51.100.4',
    source: '198.51.100.4',
  });
});

describe('the user agent', () => {
  it('HT-9: loses everything that could start a line, colour a terminal or turn the text', () => {
    const hostile = 'Moz\r\nilla\u001b[31m/5\u2028.\u20290\u0085\u202e\u0000\ud800';
    expect(reader().read(request({ 'user-agent': hostile })).userAgent).toBe('Mozilla[31m/5.0');
  });

  it('HT-9: is at most 255 characters of printable text, whatever is sent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
        const { userAgent } = reader().read(request({ 'user-agent': text }));
        expect(userAgent!.length).toBeLessThanOrEqual(255);
        expect(userAgent).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u);
      }),
    );
    expect(reader().read(request({ 'user-agent': 'x'.repeat(300) })).userAgent).toHaveLength(255);
  });

  it('is compared by the digest of all of it', () => {
    const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
    const long = 'x'.repeat(300);
    expect(reader().read(request({ 'user-agent': long })).userAgentDigest).toEqual(digest(long));
    expect(reader().read(request()).userAgentDigest).toEqual(digest(''));
    expect(reader().read(request()).userAgent).toBeUndefined();
  });
});

describe('the request id', () => {
  const given = '7f1c2a-edge.42_b';

  it('is our own where no proxy of ours stands in front', () => {
    const { requestId } = reader(0).read(request({ 'x-request-id': given }));
    expect(requestId).not.toBe(given);
    expect(requestId).toMatch(UUID);
  });

  it('is that of our proxy where one does', () => {
    expect(reader(1).read(request({ 'x-request-id': given })).requestId).toBe(given);
  });

  it.each(['', 'a b', 'a\nb', 'x'.repeat(65), '{}', 'ä', '../..', '-flag', '\u001b[0m', 'a, b'])(
    'HT-9: %j is not well-formed, and replaced',
    (odd) => {
      expect(reader(1).read(request({ 'x-request-id': odd })).requestId).toMatch(UUID);
    },
  );
});
