import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { CookieRequestProof } from '../../src/authentication/cookie-request-proof';
import type { HttpRequest } from '../../src/requests/http-request';
import { testOptions } from '../support/auth-options';

const ORIGIN = 'https://app.example.org';
const proof = new CookieRequestProof(testOptions({ origins: [ORIGIN] }));

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

describe('the proof of a request with a session cookie', () => {
  it.each(['GET', 'HEAD', 'OPTIONS'])('is asked of no %s', (method) => {
    const request = requestOf(method);
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
