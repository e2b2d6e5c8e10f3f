import type { HttpRequest } from '../../src/requests/http-request';
import {
  refuseForeignOrigin,
  refusePresentForeignOrigin,
  requireCsrfHeader,
  requireJsonBody,
} from '../../src/requests/request-forgery';

const ORIGINS = ['https://app.portcullis.test', 'https://admin.portcullis.test:8443'];
const OWN = { origin: ORIGINS[0]! };

function request(headers: HttpRequest['headers']): HttpRequest {
  return { method: 'POST', url: '/auth/refresh', headers };
}

function refused(code: string): Error {
  return expect.objectContaining({ code }) as Error;
}

const FOREIGN = [
  'null',
  '',
  'https://evil.test',
  'https://app.portcullis.test.evil.test',
  'https://evil.app.portcullis.test',
  'https://sub.app.portcullis.test',
  'https://portcullis.test',
  'http://app.portcullis.test',
  'https://app.portcullis.test/',
  'https://app.portcullis.test:443',
  'https://admin.portcullis.test',
  'https://APP.portcullis.test',
  'https://app.portcullis.test, https://evil.test',
  'https://app.portcullis.test https://evil.test',
  'https://app.portcullis.test\u0000',
];

describe('an origin that must be proven', () => {
  it.each(ORIGINS)('%s is one of ours', (origin) => {
    expect(() => refuseForeignOrigin(request({ origin }), ORIGINS)).not.toThrow();
  });

  it.each(FOREIGN)('CK-6: the origin %j is refused', (origin) => {
    for (const site of [undefined, 'same-origin', 'none']) {
      const headers = { origin, 'sec-fetch-site': site };
      expect(() => refuseForeignOrigin(request(headers), ORIGINS)).toThrow(
        refused('origin_refused'),
      );
    }
  });

  it('CK-6: a request that says nothing about its origin is refused', () => {
    expect(() => refuseForeignOrigin(request({}), ORIGINS)).toThrow(refused('origin_refused'));
    const withReferer = request({ referer: `${ORIGINS[0]}/page`, host: 'app.portcullis.test' });
    expect(() => refuseForeignOrigin(withReferer, ORIGINS)).toThrow(refused('origin_refused'));
  });

  it('without Origin the browser itself may vouch for the same origin', () => {
    const vouched = request({ 'sec-fetch-site': 'same-origin' });
    expect(() => refuseForeignOrigin(vouched, ORIGINS)).not.toThrow();
  });

  it.each(['none', 'same-site', 'cross-site', '', 'Same-Origin', 'same-origin, cross-site'])(
    'CK-6: without Origin, Sec-Fetch-Site %j is no proof',
    (site) => {
      expect(() => refuseForeignOrigin(request({ 'sec-fetch-site': site }), ORIGINS)).toThrow(
        refused('origin_refused'),
      );
    },
  );
});

describe('an origin that must not be foreign', () => {
  it('a native client, which sends neither header, passes', () => {
    expect(() => refusePresentForeignOrigin(request({}), ORIGINS)).not.toThrow();
  });

  it.each([OWN, { ...OWN, 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'none' }])(
    '%j passes',
    (headers) => {
      expect(() => refusePresentForeignOrigin(request(headers), ORIGINS)).not.toThrow();
    },
  );

  it.each(FOREIGN)('CK-6: the origin %j is refused', (origin) => {
    expect(() => refusePresentForeignOrigin(request({ origin }), ORIGINS)).toThrow(
      refused('origin_refused'),
    );
  });

  it.each(['cross-site', 'same-site', 'anything'])(
    'CK-6: without Origin, Sec-Fetch-Site %j is refused',
    (site) => {
      const headers = { 'sec-fetch-site': site };
      expect(() => refusePresentForeignOrigin(request(headers), ORIGINS)).toThrow(
        refused('origin_refused'),
      );
    },
  );
});

describe('the media type', () => {
  const body = { 'content-length': '2' };

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'Application/JSON ; charset=utf-8 ',
  ])('%j is JSON', (type) => {
    const headers = { ...body, 'content-type': type };
    expect(() => requireJsonBody(request(headers))).not.toThrow();
  });

  it.each([
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'application/json;x=',
    'application/json;',
    'application/json; charset=utf-16',
    'application/json; charset="utf-8"',
    'application/json; charset=utf-8; x=y',
    'application/json, text/plain',
    'text/plain; application/json',
    'application/jsonx',
    'application/json+x',
    'application/problem+json',
    'application/ld+json',
    '',
  ])('CK-7: %j is refused, with and without a body', (type) => {
    for (const framing of [body, {}, { 'transfer-encoding': 'chunked' }]) {
      expect(() => requireJsonBody(request({ ...framing, 'content-type': type }))).toThrow(
        refused('unsupported_media_type'),
      );
    }
  });

  it.each([body, { 'transfer-encoding': 'chunked' }, { 'content-length': 'x' }])(
    'CK-7: a body without a media type is refused: %j',
    (headers) => {
      expect(() => requireJsonBody(request(headers))).toThrow(refused('unsupported_media_type'));
    },
  );

  it.each([{}, { 'content-length': '0' }])('no body needs no media type: %j', (headers) => {
    expect(() => requireJsonBody(request(headers))).not.toThrow();
  });
});

describe('the CSRF header', () => {
  it('x-csrf: 1 passes', () => {
    expect(() => requireCsrfHeader(request({ 'x-csrf': '1' }))).not.toThrow();
  });

  it.each([undefined, '', '0', '01', '1, 1', 'true'])('CK-6: x-csrf %j is refused', (header) => {
    expect(() => requireCsrfHeader(request({ 'x-csrf': header }))).toThrow(refused('csrf_failed'));
  });
});
