import { PASSWORD, startAuthApp, type AuthApp } from '../support/auth-app';
import {
  expectRefused,
  expectSentBack,
  FOREIGN,
  sessionsOf,
  signedInByForm,
  somebody,
  startFormApp,
} from '../support/form-app';
import { FormBrowser } from '../support/form-browser';
import { BodyClient, SESSION_COOKIE } from '../support/session-client';

const FORM_COOKIE = '__Host-portcullis-form';

let app: AuthApp;

beforeAll(async () => {
  app = await startFormApp();
});

afterAll(() => app.close());

describe('a login form', () => {
  it('SS-11, CK-2, CK-3: signs in with one HttpOnly cookie and leads to the home page', async () => {
    const email = await somebody(app);
    const browser = new FormBrowser(app.url);
    const answer = await browser.login(email, PASSWORD);
    expect([answer.status, answer.location]).toEqual([303, '/home']);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.cookies).toContainEqual(
      expect.stringMatching(
        new RegExp(
          `^${SESSION_COOKIE}=[\\w-]{43}; Path=/; Max-Age=\\d+; HttpOnly; Secure; SameSite=Strict$`,
        ),
      ),
    );
    expect(answer.text).not.toContain(browser.cookies[SESSION_COOKIE]);
    expect((await browser.get('/things/mine')).status).toBe(200);
  });

  it('leads back to where somebody wanted to go', async () => {
    const { location } = await new FormBrowser(app.url).login(await somebody(app), PASSWORD, {
      returnTo: '/notes?page=2',
    });
    expect(location).toBe('/notes?page=2');
  });

  it.each([
    '//evil.example',
    'https://evil.example/',
    '/\\evil.example',
    '/%09/evil.example',
    'javascript:alert(1)',
    '/a\r\nset-cookie: a=b',
  ])('leads nobody to %j', async (returnTo) => {
    const email = await somebody(app);
    const good = await new FormBrowser(app.url).login(email, PASSWORD, { returnTo });
    expect(good.location).toBe('/home');
    const bad = await new FormBrowser(app.url).login(email, 'x'.repeat(20), { returnTo });
    expect(bad.location).toBe('/login?error=invalid_credentials');
  });

  it('says on the login page why it was refused, and puts no secret into the address', async () => {
    const email = await somebody(app);
    const browser = new FormBrowser(app.url);
    const wrong = await browser.login(email, 'a wrong one of some length', { returnTo: '/notes' });
    expect([wrong.status, wrong.location]).toEqual([
      303,
      '/login?error=invalid_credentials&returnTo=%2Fnotes',
    ]);
    expect(wrong.cookies).toEqual([]);
    expect((await browser.login('', '')).location).toBe('/login?error=validation_failed');
    expect((await browser.login(email, PASSWORD, { extra: '1' })).location).toBe(
      '/login?error=validation_failed',
    );
    // The pre-session is still the same, so that the next attempt works.
    expect((await browser.login(email, PASSWORD)).location).toBe('/home');
  });

  it('LG-1: counts guesses together with those by JSON', async () => {
    const email = await somebody(app);
    const native = new BodyClient(app);
    let refused = await native.login(email, 'a wrong one of some length');
    for (let guess = 0; refused.status !== 429 && guess < 20; guess += 1) {
      refused = await native.login(email, 'a wrong one of some length');
    }
    expect(refused.status).toBe(429);
    const answer = await new FormBrowser(app.url).login(email, PASSWORD);
    expect(answer.location).toBe('/login?error=throttled');
  });

  it.each(FOREIGN)(
    'LG-14, CK-6, CK-7: is refused with %s',
    async (_name, headers, status, code) => {
      const email = await somebody(app);
      const browser = new FormBrowser(app.url);
      const fields = { form_token: await browser.token(), email, password: PASSWORD };
      expectRefused(await browser.send('/auth/form/login', fields, headers), status, code);
      expect(await sessionsOf(app, email)).toEqual([]);
    },
  );

  it('LG-14, CK-9: signs nobody in as the attacker, who has a cookie and a token of their own', async () => {
    const attacker = await somebody(app);
    const [theirs, victim] = [new FormBrowser(app.url), new FormBrowser(app.url)];
    const form = { form_token: await theirs.token(), email: attacker, password: PASSWORD };
    // Neither without a cookie, nor beside the victim's own.
    const back = '/login?error=csrf_failed';
    expectSentBack(await victim.send('/auth/form/login', form), back);
    await victim.token();
    expectSentBack(await victim.send('/auth/form/login', form), back);
    const own = victim.cookies[FORM_COOKIE]!;
    const planted = theirs.cookies[FORM_COOKIE]!;
    // Nor with what a neighbouring host can plant: another name, or a second cookie of the name.
    for (const cookie of [
      `portcullis-form=${planted}`,
      `__host-portcullis-form=${planted}`,
      `\u2000${FORM_COOKIE}=${planted}`,
      `${FORM_COOKIE} =${planted}`,
      `${FORM_COOKIE}=${own}; ${FORM_COOKIE}=${planted}`,
      `${FORM_COOKIE}=${planted}; ${FORM_COOKIE}=${own}`,
    ]) {
      const headers = { Cookie: Buffer.from(cookie).toString('latin1') };
      expectSentBack(await victim.send('/auth/form/login', form, headers), back);
    }
    expect(await sessionsOf(app, attacker)).toEqual([]);
  });

  it('CK-9: judges the token before any field', async () => {
    const browser = new FormBrowser(app.url);
    await browser.token();
    for (const form_token of ['', 'x', 'A'.repeat(54)]) {
      const fields = { form_token, email: 'nobody', password: '', surplus: 'x' };
      expectSentBack(await browser.send('/auth/form/login', fields), '/login?error=csrf_failed');
    }
  });

  it.each(['form_token', 'email', 'password'])('HT-2: takes no second %s', async (name) => {
    const email = await somebody(app);
    const browser = new FormBrowser(app.url);
    const fields = { form_token: await browser.token(), email, password: PASSWORD };
    for (const extra of [`${name}=other`, `${name}[]=other`, `${name}[a]=other`]) {
      const body = `${new URLSearchParams(fields).toString()}&${extra}`;
      const answer = await browser.send('/auth/form/login', body);
      // A parser of the host may make one list of both, and may take the brackets for another field.
      expect([303, 400, 403]).toContain(answer.status);
      expect(answer.location ?? '').not.toBe('/home');
      expect(answer.cookies).toEqual([]);
    }
    expect(await sessionsOf(app, email)).toEqual([]);
  });

  it('CK-9: its token is worth nothing once somebody signed in', async () => {
    const email = await somebody(app);
    const browser = new FormBrowser(app.url);
    const fields = { form_token: await browser.token(), email, password: PASSWORD };
    const before = browser.copy();
    expect((await browser.send('/auth/form/login', fields)).location).toBe('/home');
    expect(Object.keys(browser.cookies)).not.toContain(FORM_COOKIE);
    expectSentBack(await browser.send('/auth/form/login', fields), '/login?error=csrf_failed');
    await browser.token();
    expectSentBack(await browser.send('/auth/form/logout', fields), '/home?error=csrf_failed');
    // The cookie of before login opens nothing.
    expect((await before.get('/things/mine')).status).toBe(401);
  });

  it('SS-1, SS-9: adopts no planted session and ends the one that the browser had', async () => {
    const { browser } = await signedInByForm(app);
    const before = browser.copy();
    const page = new FormBrowser(app.url);
    const form_token = await page.token();
    browser.cookies[FORM_COOKIE] = page.cookies[FORM_COOKIE]!;
    const fields = { form_token, email: await somebody(app), password: PASSWORD };
    const planted = browser.cookies[SESSION_COOKIE];
    expect((await browser.send('/auth/form/login', fields)).status).toBe(303);
    expect(browser.cookies[SESSION_COOKIE]).not.toBe(planted);
    expect((await before.get('/things/mine')).code).toBe('session_revoked');
  });

  it('CK-5: refuses two session cookies before the password is looked at', async () => {
    const email = await somebody(app);
    const browser = new FormBrowser(app.url);
    const form_token = await browser.token();
    const Cookie = `${FORM_COOKIE}=${browser.cookies[FORM_COOKIE]}; ${SESSION_COOKIE}=a; ${SESSION_COOKIE}=b`;
    for (const password of [PASSWORD, 'a wrong one of some length']) {
      const fields = { form_token, email, password };
      const answer = await browser.send('/auth/form/login', fields, { Cookie });
      expectRefused(answer, 400, 'ambiguous_credentials');
    }
  });
});

describe('the token of a page', () => {
  it('CK-1, CK-2, CK-3, SS-11: comes to strangers with a cookie that login replaces', async () => {
    const browser = new FormBrowser(app.url);
    const answer = await browser.get('/auth/form-token');
    expect(answer.cookies).toEqual([
      expect.stringMatching(
        /^__Host-portcullis-form=[\w-]{43}; Path=\/; Max-Age=86400; HttpOnly; Secure; SameSite=Strict$/,
      ),
    ]);
    expect(answer.text).not.toContain(browser.cookies[FORM_COOKIE]);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('vary')).toMatch(/cookie/i);
    // A second page leaves the form of the first one good.
    expect((await browser.get('/auth/form-token')).cookies).toEqual([]);
  });

  it('is that of the session for whoever is signed in, and sets no cookie', async () => {
    const { browser } = await signedInByForm(app, 'writer');
    const asked = await browser.get('/auth/form-token');
    expect(asked.cookies).toEqual([]);
    const form_token = (JSON.parse(asked.text) as { formToken: string }).formToken;
    expect((await browser.send('/notes', { form_token, text: 'a' })).status).toBe(303);
  });

  it('CK-5: is given to nobody with two session cookies', async () => {
    const Cookie = `${SESSION_COOKIE}=a; ${SESSION_COOKIE}=b`;
    const answer = await new FormBrowser(app.url).get('/auth/form-token', { Cookie });
    expectRefused(answer, 400, 'ambiguous_credentials');
  });

  it('SS-11: keeps its page out of caches and lets browsers say where a form came from', async () => {
    const { browser } = await signedInByForm(app, 'reader');
    const { headers, text } = await browser.get('/notes');
    expect(JSON.parse(text)).toEqual({ name: 'form_token', value: expect.any(String) });
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('same-origin');
  });
});

describe('without the option `forms`', () => {
  it('there are no routes for forms', async () => {
    const plain = await startAuthApp();
    try {
      const browser = new FormBrowser(plain.url);
      expect((await browser.get('/auth/form-token')).status).toBe(404);
      for (const path of ['/auth/form/login', '/auth/form/logout']) {
        expect((await browser.send(path, 'a=b')).status).toBe(404);
      }
    } finally {
      await plain.close();
    }
  });
});
