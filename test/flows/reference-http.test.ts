import { connect } from 'node:net';
import { startReferenceServer, type ReferenceServer } from './reference-server';

let server: ReferenceServer;

beforeAll(async () => {
  server = await startReferenceServer({
    ORIGINS: 'https://app.example.org,https://admin.example.org:8443',
  });
});

afterAll(() => server.stop());

/** Sends bytes as they are, because no client sends what these tests need. */
function send(text: string): Promise<string> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

const JSON_BODY = { 'content-type': 'application/json' };

/** One request for each status class that the server can be made to answer with. */
const REQUESTS: [status: number, path: string, init: RequestInit][] = [
  [200, '/health/live', {}],
  [400, '/auth/login', { method: 'POST', headers: JSON_BODY, body: '{' }],
  [401, '/invoices', {}],
  [404, '/nowhere', {}],
  [404, '/%', {}],
  [413, '/invoices', { method: 'POST', headers: JSON_BODY, body: ' '.repeat(200_000) }],
  [415, '/invoices', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x' }],
];

describe('every answer', () => {
  it.each(REQUESTS)(
    'CK-11, CK-12, HT-8: with status %i carries the security headers',
    async (status, path, init) => {
      const { headers, status: actual } = await fetch(`${server.url}${path}`, init);
      // A malformed escape is a 400 to Express and a 404 to a router; both are fine.
      expect(path === '/%' ? [400, 404] : [status]).toContain(actual);
      expect(headers.get('strict-transport-security')).toBe('max-age=63072000; includeSubDomains');
      expect(headers.get('content-security-policy')).toContain(`default-src 'none'`);
      expect(headers.get('content-security-policy')).toContain(`frame-ancestors 'none'`);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('x-powered-by')).toBeNull();
      expect(headers.get('server')).toBeNull();
    },
  );

  it.each(REQUESTS)(
    'CK-13: with status %i declares JSON and its character set',
    async (_status, path, init) => {
      const answer = await fetch(`${server.url}${path}`, init);
      const type = answer.ok ? 'application/json' : 'application/problem+json';
      expect(answer.headers.get('content-type')).toBe(`${type}; charset=utf-8`);
      expect(typeof (await answer.json())).toBe('object');
    },
  );

  it('HT-5, CK-13: headers beyond 16 KB are answered with a problem', async () => {
    const answer = await send(
      `GET /health/live HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(20_000)}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(answer).toContain('Content-Type: application/problem+json; charset=utf-8');
    expect(answer).toContain('Strict-Transport-Security: ');
    expect(answer).toContain('"code":"headers_too_large"');
  });

  it('CK-13: what is not HTTP is answered with a problem, and the server goes on', async () => {
    const answer = await send('\u0016\u0003\u0001 nonsense\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"code":"validation_failed"');
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
  });

  it('HT-8: to a path with markup repeats none of it', async () => {
    const answer = await fetch(`${server.url}/<script>alert(1)</script>?q=<img>`);
    await expect(answer.text()).resolves.not.toMatch(/script|img|Cannot GET/);
  });
});

describe('CK-10: CORS', () => {
  async function allowed(origin: string, method = 'GET'): Promise<Headers> {
    const headers: Record<string, string> = { origin };
    if (method === 'OPTIONS') {
      headers['access-control-request-method'] = 'POST';
      headers['access-control-request-headers'] = 'content-type,x-csrf';
    }
    return (await fetch(`${server.url}/health/live`, { method, headers })).headers;
  }

  it.each(['https://app.example.org', 'https://admin.example.org:8443'])(
    'lets %s in with credentials',
    async (origin) => {
      for (const method of ['GET', 'OPTIONS']) {
        const headers = await allowed(origin, method);
        expect(headers.get('access-control-allow-origin')).toBe(origin);
        expect(headers.get('access-control-allow-credentials')).toBe('true');
        expect(headers.get('vary')).toMatch(/\borigin\b/i);
      }
    },
  );

  it.each([
    'null',
    'https://evil.example',
    'https://app.example.org.evil.example',
    'https://evil-app.example.org',
    'https://evilapp.example.org',
    'HTTPS://APP.EXAMPLE.ORG',
    'http://app.example.org',
    'https://app.example.org:443',
    'https://app.example.org:8443',
    'https://admin.example.org',
    'https://app.example.org.',
    'https://app.example.org/',
  ])('does not let %s in', async (origin) => {
    for (const method of ['GET', 'OPTIONS']) {
      const headers = await allowed(origin, method);
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(headers.get('vary')).toMatch(/\borigin\b/i);
    }
  });
});

describe('the documentation', () => {
  it('is served outside production, under a policy of its own', async () => {
    const page = await fetch(`${server.url}/docs`);
    expect(page.status).toBe(200);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain(`script-src 'self'`);
    expect(policy).not.toMatch(/script-src[^;]*unsafe/);
  });
});
