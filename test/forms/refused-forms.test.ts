import { PASSWORD, type AuthApp } from '../support/auth-app';
import {
  expectRefused,
  expectSentBack,
  notes,
  sessionsOf,
  signedInByForm,
  somebody,
  startFormApp,
  told,
} from '../support/form-app';
import { FormBrowser, type Fields } from '../support/form-browser';
import { SESSION_COOKIE } from '../support/session-client';

const FORM_COOKIE = '__Host-portcullis-form';

let app: AuthApp;

beforeAll(async () => {
  app = await startFormApp();
});

afterAll(() => app.close());

beforeEach(() => notes.splice(0));

describe('a form of a page that was open for too long', () => {
  it('CK-9: leads from a login back to the login page, which says so and gives a new token', async () => {
    const email = await somebody(app);
    const browser = new FormBrowser(app.url);
    const form_token = await browser.token();
    browser.cookies = {};
    const stale = { form_token, email, password: PASSWORD, returnTo: '/notes?page=2' };

    const answer = await browser.send('/auth/form/login', stale);

    expectSentBack(answer, '/login?error=csrf_failed&returnTo=%2Fnotes%3Fpage%3D2');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await sessionsOf(app, email)).toEqual([]);
    expect((await browser.login(email, PASSWORD)).location).toBe('/home');
  });

  it('CK-6: leads from a logout to a page of the session, which goes on', async () => {
    const { email, browser } = await signedInByForm(app);
    for (const fields of [{}, { form_token: 'x' }] as Fields[]) {
      expectSentBack(await browser.send('/auth/form/logout', fields), '/home?error=csrf_failed');
    }
    expect(await sessionsOf(app, email)).toHaveLength(1);
    const out = await browser.send('/auth/form/logout', { form_token: await browser.token() });
    expect(out.location).toBe('/login');
  });

  it.each([
    '//evil.example',
    '/\\evil.example',
    'https://evil.example/',
    '/%0d%0aset-cookie:a=b',
    'javascript:alert(1)',
  ])('LG-15: leads nobody to %j with it', async (returnTo) => {
    const fields = { form_token: 'x', email: 'a@b.test', password: 'x', returnTo };
    const answer = await new FormBrowser(app.url).send('/auth/form/login', fields);
    expectSentBack(answer, '/login?error=csrf_failed');
  });

  it.each(['application/json', '*/*', 'text/html', ''])(
    'is answered so to whoever asks, by what the route is for: Accept: %s',
    async (Accept) => {
      const fields = { form_token: 'x', email: 'a@b.test', password: 'x' };
      const answer = await new FormBrowser(app.url).send('/auth/form/login', fields, { Accept });
      expectSentBack(answer, '/login?error=csrf_failed');
    },
  );

  it('is a problem to a handler of the host, whose filter may make a page of it', async () => {
    const { browser } = await signedInByForm(app, 'writer');
    const answer = await browser.send('/notes', { form_token: 'x', text: 'a' });
    expectRefused(answer, 403, 'csrf_failed');
  });

  it.each(['/auth/login', '/auth/logout'])(
    'CK-7: is a problem to %s, which takes JSON',
    async (path) => {
      const { browser } = await signedInByForm(app);
      const answer = await browser.send(path, { form_token: await browser.token() });
      expectRefused(answer, 415, 'unsupported_media_type');
    },
  );
});

describe('a form that no page of ours sent', () => {
  it.each([
    ['another site', { Origin: 'https://evil.example' }],
    ['a neighbouring host', { Origin: 'https://evil.app.example.test' }],
    ['a sandbox', { Origin: 'null' }],
    ['a neighbouring site, without Origin', { Origin: '', 'Sec-Fetch-Site': 'same-site' }],
    ['the address line, without Origin', { Origin: '', 'Sec-Fetch-Site': 'none' }],
  ])('CK-6, LG-14: is no redirect and sets no cookie: %s', async (_who, headers) => {
    const { email, browser } = await signedInByForm(app);
    const form_token = await browser.token();
    const before = await sessionsOf(app, email);
    for (const path of ['/auth/form/login', '/auth/form/logout']) {
      const fields = { form_token, email, password: PASSWORD, returnTo: '/notes' };
      expectRefused(await browser.send(path, fields, headers), 403, 'origin_refused');
    }
    expect(await sessionsOf(app, email)).toEqual(before);
  });

  it.each([
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded-not',
    'application/x-www-form-urlencoded, text/plain',
    'text/plain; a=application/x-www-form-urlencoded',
    'application/x-www-form-urlencoded; charset=utf-7',
    'application/x-www-form-urlencoded; charset=utf-16',
    '',
  ])('CK-7: is refused as %j, whatever is in it', async (type) => {
    const { email, browser } = await signedInByForm(app);
    const form_token = await browser.token();
    const fields = new URLSearchParams({ form_token, email, password: PASSWORD }).toString();
    for (const path of ['/auth/form/login', '/auth/form/logout']) {
      const answer = await browser.send(path, fields, { 'Content-Type': type });
      // A parser of the host may refuse a charset before we do.
      expect([answer.status, answer.location, answer.cookies]).toEqual([415, null, []]);
    }
    expect(await sessionsOf(app, email)).toHaveLength(1);
  });
});

describe('a form that is made up', () => {
  const LONG: Readonly<Record<string, string>> = {
    'forty fields': Array.from({ length: 40 }, (_, index) => `a${index}=b`).join('&'),
    'a long field': `a=${'b'.repeat(17_000)}`,
  };

  it.each([
    'constructor=a',
    'constructor[prototype][admin]=1',
    'hasOwnProperty=a',
    'email[]=a',
    'email[0]=a',
    'email=a&email=b',
    'password=a',
    'returnTo=/notes&returnTo=//evil.example',
    'form_token=a',
    'email%00=a',
    'transport=body',
    'a=%zz',
    'a=%ff',
    'forty fields',
    'a long field',
  ])('HT-1, HT-2, HT-5: signs nobody in: %s', async (extra) => {
    const email = await somebody(app);
    const browser = new FormBrowser(app.url);
    const fields = { form_token: await browser.token(), email, password: PASSWORD };
    const answer = await browser.send(
      '/auth/form/login',
      `${new URLSearchParams(fields).toString()}&${LONG[extra] ?? extra}`,
    );
    expect([303, 400, 413]).toContain(answer.status);
    expect(answer.location ?? '/login?error=').toMatch(/^\/login\?error=/);
    expect(answer.cookies).toEqual([]);
    expect(await sessionsOf(app, email)).toEqual([]);
  });

  it.each(['__proto__=a', '__proto__[transport]=body', 'constructor[prototype][transport]=body'])(
    'HT-3: changes no prototype by %s, which the host’s parser may drop',
    async (extra) => {
      const email = await somebody(app);
      const browser = new FormBrowser(app.url);
      const fields = { form_token: await browser.token(), email, password: PASSWORD };
      const body = `${new URLSearchParams(fields).toString()}&${extra}`;
      const answer = await browser.send('/auth/form/login', body);
      expect(['/home', '/login?error=validation_failed', null]).toContain(answer.location);
      expect(answer.text).not.toContain('access_token');
      expect({}).not.toHaveProperty('transport');
    },
  );

  it('LG-1, LG-10: tells nobody by the address whether an account is there, or is disabled', async () => {
    const [known, disabled] = [await somebody(app), await somebody(app)];
    await app.sql(`UPDATE auth.accounts SET status = 'disabled' WHERE email = $1`, [disabled]);
    const answers = [];
    for (const [email, password] of [
      [known, 'a wrong one of some length'],
      [disabled, PASSWORD],
      [disabled, 'a wrong one of some length'],
      ['nobody-at-all@example.test', PASSWORD],
    ] as const) {
      const { status, location, cookies, text, headers } = await new FormBrowser(app.url).login(
        email,
        password,
      );
      const names = [...headers.keys()].filter((name) => name !== 'date').sort();
      answers.push({ status, location, cookies, text, names });
    }
    expect(answers[0]!.location).toBe('/login?error=invalid_credentials');
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });
});

describe('a token of before', () => {
  it('CK-9: is worth nothing in the next session of the same browser, and opens none', async () => {
    const { email, browser } = await signedInByForm(app, 'writer');
    const before = await browser.token();
    const kept = browser.copy();
    await browser.send('/auth/form/logout', { form_token: before });
    expect(told(await browser.send('/notes', { form_token: before, text: 'a' }))[0]).toBe(401);
    expect(told(await kept.send('/notes', { form_token: before, text: 'a' }))).toEqual([
      401,
      'session_revoked',
    ]);
    expect((await browser.login(email, PASSWORD)).status).toBe(303);
    expectRefused(
      await browser.send('/notes', { form_token: before, text: 'a' }),
      403,
      'csrf_failed',
    );
    const logout = await browser.send('/auth/form/logout', { form_token: before });
    expectSentBack(logout, '/home?error=csrf_failed');
    expect(notes).toEqual([]);
  });

  it('CK-9: a planted cookie of before login does not outlive it, nor lead into the session', async () => {
    const attacker = new FormBrowser(app.url);
    const planted = await attacker.token();
    const victim = new FormBrowser(app.url);
    victim.cookies[FORM_COOKIE] = attacker.cookies[FORM_COOKIE]!;
    const email = await somebody(app, 'writer');
    const answer = await victim.send('/auth/form/login', {
      form_token: planted,
      email,
      password: PASSWORD,
    });
    // It is the victim's own page by then; what counts is that nothing of it goes on.
    expect(answer.status).toBe(303);
    expect(answer.cookies).toContainEqual(
      expect.stringMatching(new RegExp(`^${FORM_COOKIE}=; .*Max-Age=0`)),
    );
    expect(victim.cookies[SESSION_COOKIE]).toMatch(/^[\w-]{43}$/);
    expectRefused(
      await victim.send('/notes', { form_token: planted, text: 'a' }),
      403,
      'csrf_failed',
    );
    attacker.cookies[SESSION_COOKIE] = attacker.cookies[FORM_COOKIE]!;
    expect((await attacker.get('/things/mine')).status).toBe(401);
  });
});
