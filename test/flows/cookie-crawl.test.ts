import { METHODS } from 'node:http';
import { openApiDocument } from '../../server/http/documentation';
import { PASSWORD, startReferenceServer, type ReferenceServer } from './reference-server';

const ORIGIN = 'https://app.example.org';
const SESSION = '__Host-portcullis-session';
const REFRESH = '__Host-portcullis-refresh';
const READABLE = ['__Host-portcullis-hint'];
/** What may answer with a cookie; whatever joins it is a decision. */
const GIVE_COOKIES = [
  'POST /auth/login',
  'POST /auth/logout',
  'POST /auth/password/change',
  'POST /auth/session/roles',
  'POST /auth/session/tenant',
  'POST /auth/step-up',
];
const NEXT = 'another long and unlikely pass phrase 8';

interface Operation {
  readonly name: string;
  readonly method: string;
  readonly path: string;
}

/** What makes the operations that answer with a cookie answer so. */
const BODIES: Readonly<Record<string, object>> = {
  'POST /auth/login': { email: 'crawler@example.test', password: PASSWORD, transport: 'session' },
  'POST /auth/password/change': { currentPassword: PASSWORD, newPassword: NEXT },
  'POST /auth/session/roles': { active: null },
  'POST /auth/session/tenant': { tenantId: null },
  'POST /auth/step-up': { password: PASSWORD },
};

/** Documents that every cache may keep. */
function isPublished({ path }: Operation): boolean {
  return path.startsWith('/.well-known/');
}

describe('every route of the reference server', () => {
  let server: ReferenceServer;
  let operations: readonly Operation[];

  beforeAll(async () => {
    server = await startReferenceServer({
      ORIGINS: ORIGIN,
      THROTTLE_LOGIN_LIMIT: '100000',
      THROTTLE_PAGES_LIMIT: '100000',
      THROTTLE_ACCOUNT_LIMIT: '100000',
      THROTTLE_APPLICATION_LIMIT: '100000',
      THROTTLE_REFRESH_LIMIT: '100000',
    });
    await server.signIn('crawler@example.test', 'administrator');
    const { paths } = openApiDocument(server.app);
    operations = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item as object)
        .map((verb) => verb.toUpperCase())
        .filter((verb) => METHODS.includes(verb))
        .map((method) => ({
          name: `${method} ${path}`,
          method,
          path: path.replace(/\{\w+\}/g, 'x'),
        })),
    );
  });

  // Many connections that were kept for reuse have to time out.
  afterAll(() => server.stop(), 120_000);

  function send(
    { name, method, path }: Operation,
    headers: Record<string, string>,
  ): Promise<Response> {
    const hasBody = method !== 'GET' && method !== 'HEAD';
    return fetch(`${server.url}${path}`, {
      method,
      redirect: 'manual',
      headers: { ...(hasBody && { 'content-type': 'application/json' }), ...headers },
      ...(hasBody && { body: JSON.stringify(BODIES[name] ?? {}) }),
    });
  }

  async function signIn(password: string): Promise<string> {
    const answer = await fetch(`${server.url}/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: ORIGIN },
      body: JSON.stringify({ ...BODIES['POST /auth/login'], password }),
    });
    expect(answer.status).toBe(200);
    const [pair = ''] = answer.headers
      .getSetCookie()
      .find((line) => line.startsWith(SESSION))!
      .split(';');
    return pair;
  }

  it('is one of many, in a document that knows them all', () => {
    expect(operations.length).toBeGreaterThan(40);
    expect(operations.map(({ name }) => name)).toEqual(expect.arrayContaining(GIVE_COOKIES));
  });

  it('CK-1 to CK-4: sets cookies below /auth alone, and each with every attribute', async () => {
    const gave = new Set<string>();
    let password = PASSWORD;
    for (const operation of operations) {
      const cookie = await signIn(password);
      const answer = await send(operation, { cookie, origin: ORIGIN, 'x-csrf': '1' });
      if (operation.name === 'POST /auth/password/change') password = NEXT;
      expect([operation.name, answer.status < 500]).toEqual([operation.name, true]);
      const lines = answer.headers.getSetCookie();
      if (lines.length > 0) gave.add(operation.name);
      for (const line of lines) {
        const [pair = '', ...attributes] = line.split('; ');
        const name = pair.slice(0, pair.indexOf('='));
        expect(name).toMatch(/^__Host-portcullis-(?:refresh|session|hint|device)$/);
        expect(attributes).toEqual(expect.arrayContaining(['Path=/', 'Secure', 'SameSite=Strict']));
        expect([name, attributes.includes('HttpOnly')]).toEqual([name, !READABLE.includes(name)]);
        expect(line).not.toMatch(/domain/i);
        expect(Buffer.byteLength(pair)).toBeLessThanOrEqual(4096);
      }
      expect([operation.name, answer.headers.get('cache-control')]).toEqual([
        operation.name,
        expect.stringContaining(answer.ok && isPublished(operation) ? 'public' : 'no-store'),
      ]);
    }
    expect([...gave].sort()).toEqual(GIVE_COOKIES);
  }, 60_000);

  it('CK-10, CK-14: lets no foreign page read it, with or without a session', async () => {
    const cookie = await signIn(NEXT);
    for (const operation of operations) {
      for (const origin of ['https://evil.example', 'null', `${ORIGIN}.evil.example`]) {
        const { headers } = await send(operation, { origin, cookie });
        const seen = [
          headers.get('access-control-allow-origin'),
          headers.get('cross-origin-resource-policy'),
          /\borigin\b/i.test(headers.get('vary') ?? ''),
          headers.getSetCookie(),
        ];
        expect([operation.name, ...seen]).toEqual([operation.name, null, 'same-origin', true, []]);
      }
    }
  }, 60_000);

  it('CK-6, CK-7: changes nothing for a page that proves nothing, by whichever route', async () => {
    const cookie = await signIn(NEXT);
    const changing = operations.filter(
      ({ name, method }) => method !== 'GET' && !/\/auth\/(?:introspect|revoke)$/.test(name),
    );
    expect(changing.length).toBeGreaterThan(20);
    for (const operation of changing) {
      for (const [proof, status] of [
        [{}, 403],
        [{ origin: 'https://evil.example', 'x-csrf': '1' }, 403],
        [{ origin: 'null', 'x-csrf': '1' }, 403],
        [{ 'sec-fetch-site': 'cross-site', 'x-csrf': '1' }, 403],
        [{ origin: `${ORIGIN}.`, 'x-csrf': '1' }, 403],
        [{ origin: `${ORIGIN}:443`, 'x-csrf': '1' }, 403],
        [{ origin: ORIGIN.toUpperCase(), 'x-csrf': '1' }, 403],
        [{ origin: ORIGIN, 'x-csrf': '1', 'content-type': 'application/json;x=y' }, 415],
        [{ origin: ORIGIN, 'x-csrf': '1', 'content-type': 'text/plain' }, 415],
        [{ origin: ORIGIN, 'x-csrf': '1', 'content-type': 'multipart/form-data; boundary=x' }, 415],
      ] as const) {
        const answer = await send(operation, { cookie: `${REFRESH}=x; ${cookie}`, ...proof });
        const seen = [answer.status, answer.headers.getSetCookie()];
        expect([operation.name, proof, ...seen]).toEqual([operation.name, proof, status, []]);
      }
    }
    expect((await fetch(`${server.url}/auth/session`, { headers: { cookie } })).status).toBe(200);
  }, 120_000);
});
