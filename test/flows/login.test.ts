import { decodeJwt, decodeProtectedHeader } from 'jose';
import { auditOf } from '../support/aged-sessions';
import { ORIGIN, PASSWORD, startAuthApp, type AuthApp } from '../support/auth-app';
import { waitForLock } from '../support/lock-wait';
import { BodyClient, BrowserClient, cookiesOf, REFRESH_COOKIE } from '../support/session-client';

const EMAIL = 'grace@example.test';
const COOKIE_ATTRIBUTES = /; Path=\/; Max-Age=\d+; HttpOnly; Secure; SameSite=Strict$/;

describe('login', () => {
  let app: AuthApp;
  beforeAll(async () => {
    app = await startAuthApp();
    await app.createAccount(EMAIL, 'reader');
  });
  afterAll(() => app.close());

  const login = (body: object, headers: Record<string, string> = { Origin: ORIGIN }) =>
    app.post('/auth/login', body).set(headers);

  it('answers with the tokens, the account, the session and what the account may do', async () => {
    const response = await login({ email: EMAIL, password: PASSWORD, transport: 'body' }, {});
    expect(response.status).toBe(200);
    expect(response.body).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 600,
      refresh_token: expect.stringMatching(/^[A-Za-z0-9_-]{76}$/),
      user: { id: expect.any(String), email: EMAIL, emailVerified: true, displayName: null },
      session: {
        id: expect.any(String),
        generation: 0,
        createdAt: expect.stringMatching(/Z$/),
        expiresAt: expect.stringMatching(/Z$/),
        amr: ['pwd'],
        authTime: expect.stringMatching(/Z$/),
        tenantId: null,
      },
      heldRoles: ['reader'],
      roles: ['reader'],
      permissions: ['things:read'],
      authorityVersion: expect.any(Number),
    });
    expect(response.get('Set-Cookie')).toBeUndefined();
    expect(await auditOf(app, response.body.session.id)).toEqual(['authn_login_success']);
  });

  it('JW-8, JW-12: issues an access token of RFC 9068 without roles or personal data', async () => {
    const client = new BodyClient(app);
    const { body } = await client.login(EMAIL);
    expect(decodeProtectedHeader(client.accessToken)).toEqual({
      alg: 'ES256',
      typ: 'at+jwt',
      kid: expect.any(String),
    });
    const claims = decodeJwt(client.accessToken);
    expect(Object.keys(claims).sort()).toEqual([
      'ae',
      'amr',
      'aud',
      'auth_time',
      'client_id',
      'exp',
      'iat',
      'iss',
      'jti',
      'sid',
      'sub',
    ]);
    expect(claims).toMatchObject({
      iss: ORIGIN,
      aud: ORIGIN,
      sub: body.user.id,
      sid: body.session.id,
    });
    expect(client.accessToken.length).toBeLessThan(1024);
  });

  it('CK-1, CK-2, CK-3, CK-4: keeps the refresh token in a __Host- cookie and out of the body', async () => {
    const response = await login({ email: EMAIL, password: PASSWORD });
    expect(response.body.refresh_token).toBeUndefined();
    const lines = response.get('Set-Cookie') as string[];
    const refresh = lines.find((line) => line.startsWith(`${REFRESH_COOKIE}=`))!;
    expect(refresh).toMatch(COOKIE_ATTRIBUTES);
    for (const line of lines) {
      expect(line).toMatch(/^__Host-/);
      expect(line).toMatch(/; Secure/);
      expect(line).toMatch(/; SameSite=Strict/);
      expect(line).not.toMatch(/Domain/i);
      expect(line.length).toBeLessThan(4096);
    }
    expect(response.text).not.toContain(cookiesOf(response)[REFRESH_COOKIE]);
  });

  it('lets scripts read only the hint, which holds no secret', async () => {
    const response = await login({ email: EMAIL, password: PASSWORD });
    const readable = (response.get('Set-Cookie') as string[]).filter(
      (l) => !l.includes('HttpOnly'),
    );
    expect(readable).toHaveLength(1);
    expect(readable[0]).toMatch(/^__Host-portcullis-hint=[\w-]{16}\.0\.\d+;/);
  });

  it.each([
    ['an unknown account', { email: 'nobody@example.test', password: PASSWORD }],
    ['a wrong password', { email: EMAIL, password: `${PASSWORD}!` }],
    ['what is no address', { email: 'not an address', password: PASSWORD }],
  ])('LG-1: answers %s like every other refusal', async (_case, body) => {
    const response = await login(body);
    expect(response.status).toBe(401);
    expect(response.body).toEqual({
      type: 'urn:portcullis:error:invalid_credentials',
      title: expect.any(String),
      status: 401,
      code: 'invalid_credentials',
      requestId: expect.any(String),
    });
    expect(response.get('Set-Cookie')).toBeUndefined();
  });

  it.each([
    ['disabled', `UPDATE auth.accounts SET status = 'disabled' WHERE id = $1`],
    ['unverified', 'UPDATE auth.accounts SET email_verified_at = NULL WHERE id = $1'],
    ['password-less', 'UPDATE auth.accounts SET password_hash = NULL WHERE id = $1'],
  ])(
    'LG-1: answers a %s account like an unknown one, down to the names of the headers',
    async (state, sql) => {
      const email = `${state}@example.test`;
      const id = await app.createAccount(email);
      await app.sql(sql, [id]);
      const refused = await login({ email, password: PASSWORD });
      const unknown = await login({ email: `no-${email}`, password: PASSWORD });
      const shape = (response: typeof refused) => ({
        status: response.status,
        headers: Object.keys(response.headers).sort(),
        body: { ...response.body, requestId: '' },
      });
      expect(shape(refused)).toEqual(shape(unknown));
    },
  );

  it('audits a refused login with its account, its source and no password', async () => {
    await login({ email: EMAIL, password: 'canary-password-for-the-audit' });
    const [row] = await app.sql<{ action: string; ip: string; details: object; text: string }>(
      `SELECT action, ip, details, e::text AS text FROM auth.audit_events e ORDER BY id DESC LIMIT 1`,
    );
    expect(row).toMatchObject({ action: 'authn_login_fail', ip: '127.0.0.1' });
    expect(row!.text).not.toContain('canary');
  });

  it.each([
    ['urlencoded', 'application/x-www-form-urlencoded', `email=${EMAIL}&password=${PASSWORD}`],
    ['plain text', 'text/plain', JSON.stringify({ email: EMAIL, password: PASSWORD })],
  ])(
    'LG-14: refuses a cross-site form post as %s and sets no cookie',
    async (_case, type, body) => {
      const response = await app
        .post('/auth/login', body)
        .set({ 'Content-Type': type, Origin: 'https://evil.example' });
      expect([response.status, response.body.code]).toEqual([403, 'origin_refused']);
      expect(response.get('Set-Cookie')).toBeUndefined();
    },
  );

  it('LG-14: refuses a login that would set a cookie and names no origin', async () => {
    const response = await login({ email: EMAIL, password: PASSWORD }, {});
    expect([response.status, response.body.code]).toEqual([403, 'origin_refused']);
  });

  it.each([
    ['an unknown member', { email: EMAIL, password: PASSWORD, role: 'administrator' }],
    ['an object for the address (AD-6)', { email: { $ne: '' }, password: PASSWORD }],
    ['an array for the password', { email: EMAIL, password: [PASSWORD] }],
    ['a number for the password', { email: EMAIL, password: 1234567890 }],
    ['no password', { email: EMAIL }],
    ['an empty password', { email: EMAIL, password: '' }],
    ['an empty address', { email: '', password: PASSWORD }],
    ['a password longer than any', { email: EMAIL, password: 'x'.repeat(2000) }],
    ['an unknown transport', { email: EMAIL, password: PASSWORD, transport: 'bearer' }],
    ['no body at all', {}],
    ['a constructor (HT-1)', { email: EMAIL, password: PASSWORD, constructor: {} }],
  ])('HT-1, HT-2: answers %s with 400 and the field', async (_case, body) => {
    const response = await login(body);
    expect([response.status, response.body.code]).toEqual([400, 'validation_failed']);
    expect(response.body.errors.length).toBeGreaterThan(0);
  });

  it('takes credentials from the body alone, never from the URL', async () => {
    const query = `email=${encodeURIComponent(EMAIL)}&password=${encodeURIComponent(PASSWORD)}`;
    for (const body of [{ email: '', password: '' }, { email: EMAIL, password: '' }, {}]) {
      const response = await app.post(`/auth/login?${query}`, { ...body, transport: 'body' });
      expect([response.status, response.body.code]).toEqual([400, 'validation_failed']);
    }
  });

  it.each(['a\u0000b', 'a\u0000@example.test', '\ud800@example.test'])(
    'HT-7: counts a guess at %j like any other',
    async (email) => {
      const response = await login({ email, password: 'wrong' });
      expect([response.status, response.body.code]).toEqual([401, 'invalid_credentials']);
    },
  );

  it('LG-9: charges nobody for what can be no password', async () => {
    const email = 'overlong@example.test';
    await app.createAccount(email);
    for (let attempt = 0; attempt < 10; attempt += 1) {
      await login({ email, password: 'x'.repeat(2000) });
    }
    expect((await login({ email, password: PASSWORD })).status).toBe(200);
  });

  it('CK-5: refuses two cookies of one name before the password is looked at', async () => {
    const Cookie = `${REFRESH_COOKIE}=a; ${REFRESH_COOKIE}=b`;
    for (const password of [PASSWORD, 'wrong']) {
      const response = await login({ email: EMAIL, password }, { Origin: ORIGIN, Cookie });
      expect([response.status, response.body.code]).toEqual([400, 'ambiguous_credentials']);
    }
  });

  it('ends the session whose cookie the browser gave up by signing in again', async () => {
    const browser = new BrowserClient(app);
    await browser.login(EMAIL);
    const first = browser.sessionId;
    await browser.login(EMAIL);
    expect(browser.sessionId).not.toBe(first);
    const [row] = await app.sql('SELECT revoked_reason FROM auth.sessions WHERE id = $1', [first]);
    expect(row).toEqual({ revoked_reason: 'replaced' });
  });

  it('LG-9: lets a known device in while strangers keep the account throttled', async () => {
    const email = 'victim@example.test';
    await app.createAccount(email);
    const browser = new BrowserClient(app);
    await browser.login(email);
    for (let guess = 0; guess < 8; guess += 1) await login({ email, password: 'wrong' });
    const stranger = await login({ email, password: PASSWORD });
    expect([stranger.status, stranger.body.code]).toEqual([429, 'throttled']);
    expect(Number(stranger.get('Retry-After'))).toBeGreaterThan(0);
    expect((await browser.login(email)).status).toBe(200);
  });

  it('LG-5: counts guesses the same whatever forwarding headers a client invents', async () => {
    const email = 'spoofed@example.test';
    await app.createAccount(email);
    const statuses: number[] = [];
    for (let guess = 0; guess < 10; guess += 1) {
      const address = `203.0.113.${guess}`;
      const response = await login(
        { email, password: 'wrong' },
        {
          Origin: ORIGIN,
          'X-Forwarded-For': address,
          'X-Real-IP': address,
          Forwarded: `for=${address}`,
          'CF-Connecting-IP': address,
          'True-Client-IP': address,
          'X-Client-IP': address,
        },
      );
      statuses.push(response.status);
    }
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(6);
    expect(statuses.at(-1)).toBe(429);
    const [row] = await app.sql(
      `SELECT DISTINCT ip FROM auth.audit_events WHERE ip LIKE '203.0.113.%'`,
    );
    expect(row).toBeUndefined();
  });

  it('LG-7: counts every spelling of an address together', async () => {
    const email = 'spelt@example.test';
    await app.createAccount(email);
    const spellings = [email, 'Spelt@example.test', 'SPELT@EXAMPLE.TEST', ` ${email}`, `${email}.`];
    const statuses: number[] = [];
    for (const spelling of [...spellings, ...spellings]) {
      statuses.push((await login({ email: spelling, password: 'wrong' })).status);
    }
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(6);
    expect(statuses.at(-1)).toBe(429);
  });

  it('LG-8: lets no more than the limit of parallel guesses reach the hash', async () => {
    const email = 'parallel@example.test';
    await app.createAccount(email);
    const responses = await Promise.all(
      Array.from({ length: 40 }, () => login({ email, password: 'wrong' })),
    );
    const compared = responses.filter(({ status }) => status === 401);
    expect(compared.length).toBeLessThanOrEqual(6);
    expect(responses.every(({ status }) => [401, 429, 503].includes(status))).toBe(true);
  });

  it('refuses a session when the password changed between the check and the opening', async () => {
    const email = 'changed@example.test';
    const id = await app.createAccount(email);
    const lock = app.dataSource.createQueryRunner();
    await lock.startTransaction();
    await lock.query('UPDATE auth.accounts SET security_epoch = security_epoch + 1 WHERE id = $1', [
      id,
    ]);
    const pending = new BodyClient(app).login(email);
    expect(await waitForLock(app, 'FOR SHARE')).toBe(true);
    await lock.commitTransaction();
    await lock.release();
    const response = await pending;
    expect([response.status, response.body.code]).toEqual([401, 'invalid_credentials']);
  });
});
