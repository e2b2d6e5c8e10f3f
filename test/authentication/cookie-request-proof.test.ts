import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { CookieRequestProof } from '../../src/authentication/cookie-request-proof';
import { SecretKeys } from '../../src/options/secret-keys';
import type { HttpRequest } from '../../src/requests/http-request';
import { FormPost } from '../../src/route-access/form-post.decorator';
import { FormTokens } from '../../src/sessions/form-tokens';
import { testOptions } from '../support/auth-options';
import { FakeClock } from '../support/fake-clock';

const ORIGIN = 'https://app.example.org';
const options = testOptions({ origins: [ORIGIN] });
const tokens = new FormTokens(new SecretKeys(options), new FakeClock(), options);
const proof = new CookieRequestProof(options, tokens);

function refusalOf(request: HttpRequest, context: ExecutionContextHost): unknown {
  try {
    proof.assertMeant(request, context);
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

function requestOf(method: string, headers: Record<string, string> = {}): HttpRequest {
  return { method, url: '/', headers };
}

function handling(req: HttpRequest): ExecutionContextHost {
  return new ExecutionContextHost([req, {}]);
}

/** A resolver, as every GraphQL driver calls it. */
function resolving(operation: object | undefined, req: HttpRequest): ExecutionContextHost {
  const context = new ExecutionContextHost([undefined, {}, { req }, operation && { operation }]);
  context.setType('graphql');
  return context;
}

class Pages {
  @FormPost()
  takeForm(): void {}
}

/** The handler of a form. */
function takingForm(req: HttpRequest): ExecutionContextHost {
  return new ExecutionContextHost([req, {}], Pages, Pages.prototype.takeForm);
}

describe('the proof of a request with a session cookie', () => {
  it('CK-6, CK-7, CK-9: leaves a form its token to prove, whatever else the request says of itself', () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    for (const headers of [form, { ...form, upgrade: 'websocket' }, { ...form, 'x-csrf': '1' }]) {
      const foreign = requestOf('POST', headers);
      expect(refusalOf(foreign, takingForm(foreign))).toBe('origin_refused');
      const own = requestOf('POST', { ...headers, origin: ORIGIN });
      expect(proof.assertMeant(own, takingForm(own))).toBe('form_token');
    }
    const json = requestOf('POST', { origin: ORIGIN, 'x-csrf': '1', upgrade: 'websocket' });
    expect(refusalOf(json, takingForm(json))).toBe('unsupported_media_type');
    const read = requestOf('GET');
    expect(proof.assertMeant(read, takingForm(read))).toBe('nothing');
  });

  it.each(['GET', 'HEAD', 'OPTIONS'])('is asked of no %s', (method) => {
    const request = requestOf(method);
    expect(refusalOf(request, handling(request))).toBeUndefined();
  });

  it.each(['no-cors', 'cors', 'same-origin', 'websocket', undefined])(
    'CK-14: refuses what a foreign page reads as a part of itself, in mode %s',
    (mode) => {
      const site = { 'sec-fetch-site': 'cross-site', ...(mode && { 'sec-fetch-mode': mode }) };
      const foreign = requestOf('GET', site);
      expect(refusalOf(foreign, handling(foreign))).toBe('origin_refused');
      const evil = requestOf('GET', { ...site, origin: 'https://evil.example' });
      expect(refusalOf(evil, handling(evil))).toBe('origin_refused');
      const allowed = requestOf('GET', { ...site, origin: ORIGIN });
      expect(refusalOf(allowed, handling(allowed))).toBeUndefined();
    },
  );

  it.each([
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
    { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' },
    { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'no-cors' },
    { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' },
  ])('lets a person follow a link, and our own pages read: %j', (headers) => {
    const request = requestOf('GET', headers);
    expect(refusalOf(request, handling(request))).toBeUndefined();
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'QUERY', 'PROPFIND', 'get', ''])(
    'CK-6, CK-8: is asked of %s',
    (method) => {
      const bare = requestOf(method);
      expect(refusalOf(bare, handling(bare))).toBe('origin_refused');
      const half = requestOf(method, { origin: ORIGIN });
      expect(refusalOf(half, handling(half))).toBe('csrf_failed');
      const proved = requestOf(method, { origin: ORIGIN, 'x-csrf': '1' });
      expect(refusalOf(proved, handling(proved))).toBeUndefined();
    },
  );

  it.each([{ operation: 'mutation' }, { operation: 'subscription' }, {}, undefined])(
    'CK-8: is asked of the GraphQL operation %j also where a driver takes it by GET',
    (operation) => {
      const bare = requestOf('GET');
      expect(refusalOf(bare, resolving(operation, bare))).toBe('origin_refused');
      const half = requestOf('GET', { origin: ORIGIN });
      expect(refusalOf(half, resolving(operation, half))).toBe('csrf_failed');
    },
  );

  it('is asked of no GraphQL query by GET', () => {
    const request = requestOf('GET');
    expect(refusalOf(request, resolving({ operation: 'query' }, request))).toBeUndefined();
  });

  it.each(['websocket', 'WebSocket'])('CK-6: is the origin where a GET opens a %s', (upgrade) => {
    for (const origin of [
      'https://evil.example',
      'null',
      `${ORIGIN}.evil.example`,
      `${ORIGIN}:1`,
    ]) {
      const foreign = requestOf('GET', { upgrade, origin });
      expect(refusalOf(foreign, handling(foreign))).toBe('origin_refused');
    }
    const silent = requestOf('GET', { upgrade });
    expect(refusalOf(silent, handling(silent))).toBe('origin_refused');
    const own = requestOf('GET', { upgrade, origin: ORIGIN });
    expect(refusalOf(own, resolving({ operation: 'mutation' }, own))).toBeUndefined();
  });
});
