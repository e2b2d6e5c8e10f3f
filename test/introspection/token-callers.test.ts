import type { AuthApp } from '../support/auth-app';
import { BodyClient } from '../support/session-client';
import {
  AS_ORDERS,
  BILLING,
  ORDERS,
  REPORTS,
  basic,
  postForm,
  rawBasic,
  startTokenApp,
} from './token-app';

const INACTIVE = { active: false };

let app: AuthApp;
let client: BodyClient;

beforeAll(async () => {
  app = await startTokenApp();
  await app.createAccount('someone@example.org', 'reader');
  await app.createAccount('auditor@example.org', 'administrator');
});

beforeEach(async () => {
  client = new BodyClient(app);
  await client.login('someone@example.org');
});

afterAll(() => app.close());

const introspect = (token: string, headers: Record<string, string> = AS_ORDERS) =>
  postForm(app, '/auth/introspect', { token }, headers);

describe('who may ask', () => {
  const post = (form: Record<string, string> | string, headers: Record<string, string> = {}) =>
    postForm(app, '/auth/introspect', form, headers);
  const { clientId, secret, previous } = ORDERS;

  it.each([
    ['by HTTP Basic', {}, AS_ORDERS],
    ['by HTTP Basic with the previous secret', {}, { Authorization: basic(clientId, previous) }],
    [
      'by HTTP Basic, the scheme in another case',
      {},
      { Authorization: basic(clientId, secret).replace('Basic', 'bASIC') },
    ],
    ['by HTTP Basic and its own name in the form', { client_id: clientId }, AS_ORDERS],
    ['by the form', { client_id: clientId, client_secret: secret }, {}],
    ['by the form with the previous secret', { client_id: clientId, client_secret: previous }, {}],
    ['with a hint', { token_type_hint: 'refresh_token' }, AS_ORDERS],
    ['with parameters it made up', { resource: 'x', token_type_hint: 'saml' }, AS_ORDERS],
  ])('a resource server %s', async (_, form, headers) => {
    const answer = await post({ token: client.accessToken, ...form }, headers);
    expect([answer.status, answer.body.active]).toEqual([200, true]);
  });

  it('a resource server whose name needs encoding', async () => {
    const headers = { Authorization: basic(BILLING.clientId, BILLING.secret) };
    expect((await post({ token: 'x' }, headers)).status).toBe(200);
  });

  it.each([
    ['nobody', {}, undefined],
    ['a wrong secret', {}, basic(clientId, `${secret}x`)],
    ['half a secret', {}, basic(clientId, secret.slice(0, 16))],
    ['no secret', {}, basic(clientId, '')],
    ['a secret of another client', {}, basic(clientId, REPORTS.secret)],
    ['a client that does not exist', {}, basic('nobody', secret)],
    ['__proto__', {}, basic('__proto__', secret)],
    ['our own client', { client_id: 'web' }, undefined],
    ['the name alone', { client_id: clientId }, undefined],
    [
      'a wrong secret in the form',
      { client_id: clientId, client_secret: previous + '1' },
      undefined,
    ],
    ['the secret without encoding', {}, rawBasic(`${clientId}:${previous}`)],
    ['no colon', {}, rawBasic(clientId)],
    ['a broken percent', {}, rawBasic(`${clientId}:%zz`)],
    ['half a UTF-8 character', {}, rawBasic(Buffer.from([0x6f, 0x3a, 0xc3]))],
    ['NUL behind the name', {}, rawBasic(`${clientId}\0:${secret}`)],
    ['NUL behind the secret', {}, rawBasic(`${clientId}:${secret}%00`)],
    ['base64url', {}, basic(BILLING.clientId, previous).replaceAll('+', '-').replaceAll('/', '_')],
    ['base64 without padding', {}, rawBasic(`${clientId}:${secret}`).replace(/=+$/, '') + 'A'],
    ['two spaces', {}, basic(clientId, secret).replace(' ', '  ')],
    ['another scheme', {}, 'Digest username="orders"'],
    ['a bare scheme', {}, 'Basic'],
    ['a list', {}, `${basic(clientId, secret)}, ${basic(clientId, secret)}`],
  ])('not %s', async (_, form, authorization) => {
    const headers: Record<string, string> =
      authorization === undefined ? {} : { Authorization: authorization };
    const answer = await post({ token: client.accessToken, ...form }, headers);
    expect(answer.status).toBe(401);
    expect(answer.get('WWW-Authenticate')).toBe('Basic realm="oauth", charset="UTF-8"');
    expect(answer.get('Content-Type')).toMatch(/^application\/json\b/);
    expect(answer.get('Cache-Control')).toBe('no-store');
    expect(answer.body).toMatchObject({
      error: 'invalid_client',
      error_description: expect.any(String),
      status: 401,
      code: 'invalid_client',
      requestId: answer.get('x-request-id'),
    });
    expect(answer.text).not.toContain(secret.slice(0, 8));
  });

  it.each([
    ['Basic and the form', { client_id: clientId, client_secret: secret }, AS_ORDERS],
    ['Basic and another name', { client_id: 'reports' }, AS_ORDERS],
    ['a bearer token and the form', { client_id: clientId }, { Authorization: 'Bearer x' }],
  ])('RFC 6749 §2.3: not by two methods: %s', async (_, form, headers) => {
    const answer = await post({ token: 'x', ...form }, headers);
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request']);
  });

  it('an account with the permission, by a token that counts', async () => {
    const auditor = new BodyClient(app);
    await auditor.login('auditor@example.org');
    const asAuditor = { Authorization: `Bearer ${auditor.accessToken}` };
    expect((await introspect(client.accessToken, asAuditor)).body).toMatchObject({ active: true });
    expect((await introspect(client.refreshToken, asAuditor)).body).toEqual(INACTIVE);
    await auditor.logout();
    const after = await introspect(client.accessToken, asAuditor).expect(401);
    expect(after.get('WWW-Authenticate')).toBe('Bearer error="invalid_token"');
    expect(after.body).toMatchObject({ error: 'invalid_token', code: 'invalid_token' });
  });

  it('RFC 6750 §3.1: not an account without it', async () => {
    const own = { Authorization: `Bearer ${client.accessToken}` };
    const answer = await introspect(client.accessToken, own).expect(403);
    expect(answer.get('WWW-Authenticate')).toBe('Bearer error="insufficient_scope"');
    expect(answer.body).toMatchObject({ error: 'insufficient_scope', code: 'forbidden' });
  });

  it('no page of another origin, and no cookie', async () => {
    const foreign = await introspect('x', { ...AS_ORDERS, Origin: 'https://evil.example' });
    expect([foreign.status, foreign.body.code]).toEqual([403, 'origin_refused']);
    const byCookie = await introspect('x', {
      Cookie: `__Host-portcullis-refresh=${client.refreshToken}`,
    });
    expect([byCookie.status, byCookie.body.code]).toEqual([401, 'invalid_client']);
  });
});

describe('forms that are none', () => {
  const raw = (text: string, headers: Record<string, string> = {}) =>
    postForm(app, '/auth/introspect', text, { ...AS_ORDERS, ...headers });

  it.each([
    ['no token', ''],
    ['an empty token', 'token='],
    ['a token by another name', 'Token=x'],
    ['two tokens', 'token=a&token=b'],
    ['the same token twice', 'token=a&token=a'],
    ['two hints', 'token=a&token_type_hint=x&token_type_hint=y'],
    ['a list', 'token[]=a'],
    ['a member', 'token[a]=b'],
    ['more parameters than anybody needs', `token=a${'&x=1'.repeat(30)}`],
    [
      'as many different ones',
      `token=a${Array.from({ length: 30 }, (_, i) => `&x${i}=1`).join('')}`,
    ],
  ])('%s is 400', async (_, text) => {
    const answer = await raw(text);
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request']);
    expect(answer.get('Cache-Control')).toBe('no-store');
  });

  it('JSON is 415', async () => {
    const answer = await app.post('/auth/introspect', { token: 'x' }).set(AS_ORDERS);
    expect([answer.status, answer.body.error]).toEqual([415, 'invalid_request']);
  });

  it.each([
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded; charset=utf-16',
  ])('%s is 415, whether the host or we see it first', async (type) => {
    expect((await raw('token=x', { 'Content-Type': type })).status).toBe(415);
  });

  it('a token in the URL is none', async () => {
    const answer = await postForm(
      app,
      `/auth/introspect?token=${client.accessToken}`,
      '',
      AS_ORDERS,
    );
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request']);
    await app.get(`/auth/introspect?token=${client.accessToken}`).set(AS_ORDERS).expect(404);
  });

  it('HT-5: a megabyte is refused before it is looked at, and so is what the host let through', async () => {
    for (const length of [1_000_000, 90_000, 16_384]) {
      expect((await raw(`token=${'x'.repeat(length)}`)).status).toBe(413);
    }
    expect((await raw(`token=${'x'.repeat(16_000)}`)).body).toEqual(INACTIVE);
  });

  it('hundreds of hostile forms are answered, none with 500 and none with active', async () => {
    const pieces = [
      '\0',
      '%00',
      '%',
      '%zz',
      '%C3%28',
      '[]',
      '[__proto__]',
      '&',
      '=',
      ';',
      '+',
      '"',
      '\\',
      '\u2028',
      '%0d%0aX: y',
      'a'.repeat(5000),
    ];
    const names = [
      'token',
      'client_id',
      'client_secret',
      'token_type_hint',
      '__proto__',
      'constructor',
    ];
    const statuses = new Set<number>();
    for (const name of names) {
      for (const piece of pieces) {
        for (const text of [
          `${name}=${piece}&token=x`,
          `token=x&${name}${piece}=y`,
          `${name}${piece}`,
        ]) {
          const answer = await raw(text);
          expect([text.slice(0, 60), answer.body.active === true]).toEqual([
            text.slice(0, 60),
            false,
          ]);
          statuses.add(answer.status);
        }
      }
    }
    expect([...statuses].sort()).toEqual(expect.arrayContaining([200, 400]));
    expect([...statuses].every((status) => [200, 400, 401, 413].includes(status))).toBe(true);
  });
});

describe('guesses at secrets', () => {
  it('are counted by source; then a right one is not looked at either', async () => {
    const other = await startTokenApp({ options: { guessing: { sourceCap: 5 } } });
    try {
      const ask = (secret: string) =>
        postForm(
          other,
          '/auth/introspect',
          { token: 'x' },
          {
            Authorization: basic(ORDERS.clientId, secret),
          },
        );
      for (let guess = 0; guess < 5; guess += 1)
        expect((await ask(`wrong ${guess}`)).status).toBe(401);
      const refused = await ask(ORDERS.secret);
      expect([refused.status, refused.body.code, refused.body.error]).toEqual([
        429,
        'throttled',
        'temporarily_unavailable',
      ]);
      expect(Number(refused.get('Retry-After'))).toBeGreaterThan(800);
    } finally {
      await other.close();
    }
  });

  it('requests are throttled by source on their own count', async () => {
    const other = await startTokenApp({ options: { throttling: { tokens: { limit: 3 } } } });
    try {
      const statuses = [];
      for (let index = 0; index < 4; index += 1) {
        statuses.push(
          (await postForm(other, '/auth/introspect', { token: 'x' }, AS_ORDERS)).status,
        );
      }
      expect(statuses).toEqual([200, 200, 200, 429]);
    } finally {
      await other.close();
    }
  });
});
