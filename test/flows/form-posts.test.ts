import { AssignmentsService } from '../../src/access/assignments.service';
import { ageSession, auditOf } from '../support/aged-sessions';
import type { AuthApp } from '../support/auth-app';
import {
  expectRefused,
  expectSentBack,
  FOREIGN,
  notes,
  sessionsOf,
  signedInByForm,
  somebody,
  startFormApp,
  told,
} from '../support/form-app';
import { FormBrowser, type Fields } from '../support/form-browser';
import {
  BodyClient,
  BrowserClient,
  REFRESH_COOKIE,
  SESSION_COOKIE,
} from '../support/session-client';

const HINT_COOKIE = '__Host-portcullis-hint';

let app: AuthApp;

beforeAll(async () => {
  app = await startFormApp();
});

afterAll(() => app.close());

beforeEach(() => notes.splice(0));

describe('a form of somebody signed in', () => {
  it('is taken with the token of the session, and again after a new id of it', async () => {
    const { email, browser } = await signedInByForm(app, 'writer');
    const form_token = await browser.token();
    expect((await browser.send('/notes', { form_token, text: 'one' })).location).toBe('/notes');
    const id = browser.cookies[SESSION_COOKIE];
    const [account] = await app.sql<{ id: string }>(
      'SELECT id FROM auth.accounts WHERE email = $1',
      [email],
    );
    await app.nest
      .get(AssignmentsService, { strict: false })
      .assign({ accountId: account!.id, role: 'reader' });
    await app.settle();
    expect((await browser.send('/notes', { form_token, text: 'two' })).location).toBe('/notes');
    expect(browser.cookies[SESSION_COOKIE]).not.toBe(id);
    expect(notes).toEqual(['one', 'two']);
  });

  it.each(FOREIGN)('CK-6, CK-7: is refused with %s', async (_name, headers, status, code) => {
    const { browser } = await signedInByForm(app, 'writer');
    const fields = { form_token: await browser.token(), text: 'forged' };
    expectRefused(await browser.send('/notes', fields, headers), status, code);
    expect(notes).toEqual([]);
  });

  it('CK-6, CK-9: is refused without a token of this very session', async () => {
    const { browser } = await signedInByForm(app, 'writer');
    const other = await (await signedInByForm(app, 'writer')).browser.token();
    const stranger = await new FormBrowser(app.url).token();
    const twice = new FormBrowser(app.url);
    const earlier = await browser.token();
    for (const form_token of ['', 'x', other, stranger, `${earlier}A`, earlier.slice(0, -1)]) {
      expectRefused(await browser.send('/notes', { form_token, text: 'a' }), 403, 'csrf_failed');
    }
    expectRefused(await browser.send('/notes', { text: 'a' }), 403, 'csrf_failed');
    // The header is worth nothing here.
    const headers = { 'x-csrf': '1' };
    expectRefused(await browser.send('/notes', { text: 'a' }, headers), 403, 'csrf_failed');
    // Nor does a token sign anybody in.
    const alone = await twice.send('/notes', { form_token: earlier, text: 'a' });
    expectRefused(alone, 401, 'unauthenticated');
    expect(notes).toEqual([]);
  });

  it('HT-1, HT-2: is refused with a second token, and with fields that nobody declared', async () => {
    const { browser } = await signedInByForm(app, 'writer');
    const form_token = await browser.token();
    const twice = `form_token=${form_token}&form_token=${form_token}&text=a`;
    expectRefused(await browser.send('/notes', twice), 400, 'validation_failed');
    const surplus = await browser.send('/notes', { form_token, text: 'a', admin: '1' });
    expect(told(surplus)).toEqual([400, 'validation_failed']);
    expect(notes).toEqual([]);
  });

  it('CK-7: is no way into a handler that takes JSON', async () => {
    const { browser } = await signedInByForm(app, 'writer');
    const fields = { form_token: await browser.token() };
    for (const headers of [{}, { 'x-csrf': '1' }] as Fields[]) {
      expectRefused(await browser.send('/things', fields, headers), 415, 'unsupported_media_type');
    }
  });

  it('AZ: asks for the permission as ever, and a token of access needs no proof', async () => {
    const { browser } = await signedInByForm(app, 'reader');
    const form_token = await browser.token();
    expect(told(await browser.send('/notes', { form_token, text: 'a' }))).toEqual([
      403,
      'forbidden',
    ]);
    const native = new BodyClient(app);
    await native.login(await somebody(app, 'writer'));
    const bearer = { Authorization: `Bearer ${native.accessToken}`, Origin: '' };
    expect((await new FormBrowser(app.url).send('/notes', { text: 'b' }, bearer)).status).toBe(303);
    expect(notes).toEqual(['b']);
  });
});

describe('a logout form', () => {
  it('SS-3, CK-15: ends the session and its cookie, and leads to the login page', async () => {
    const { email, browser } = await signedInByForm(app);
    const [id = ''] = await sessionsOf(app, email);
    const before = browser.copy();
    const form_token = await browser.token();
    const answer = await browser.send('/auth/form/logout', { form_token });
    expect([answer.status, answer.location]).toEqual([303, '/login']);
    expect(Object.keys(browser.cookies)).toEqual(['__Host-portcullis-device']);
    expect((await before.get('/things/mine')).code).toBe('session_revoked');
    expect(await sessionsOf(app, email)).toEqual([]);
    expect(await auditOf(app, id)).toContain('session_logout');
  });

  it('CK-6, CK-9: asks for the token as long as the session lives', async () => {
    const { browser } = await signedInByForm(app);
    const other = await (await signedInByForm(app)).browser.token();
    for (const fields of [{}, { form_token: 'x' }, { form_token: other }] as Fields[]) {
      expectSentBack(await browser.send('/auth/form/logout', fields), '/home?error=csrf_failed');
    }
    expect((await browser.get('/things/mine')).status).toBe(200);
  });

  it.each(FOREIGN)('CK-6, CK-7: is refused with %s', async (_name, headers, status, code) => {
    const { browser } = await signedInByForm(app);
    const fields = { form_token: await browser.token() };
    expectRefused(await browser.send('/auth/form/logout', fields, headers), status, code);
    expect((await browser.get('/things/mine')).status).toBe(200);
  });

  it('lets go of a session that is over, without a token', async () => {
    const { email, browser } = await signedInByForm(app);
    const [id = ''] = await sessionsOf(app, email);
    await ageSession(app, id, 400 * 86_400);
    // What the instance remembers ends with the session.
    await app.sql(`INSERT INTO auth.changes (kind, session_id) VALUES ('session_version', $1)`, [
      id,
    ]);
    await app.settle();
    const answer = await browser.send('/auth/form/logout', {});
    expect([answer.status, answer.location]).toEqual([303, '/login']);
    expect(Object.keys(browser.cookies)).not.toContain(SESSION_COOKIE);
    expect(await auditOf(app, id)).not.toContain('session_logout');
    expect((await new FormBrowser(app.url).send('/auth/form/logout', {})).location).toBe('/login');
  });

  it('leaves a refresh cookie alone, whose family lives on', async () => {
    const spa = new BrowserClient(app);
    await spa.login(await somebody(app));
    const { browser } = await signedInByForm(app);
    browser.cookies[REFRESH_COOKIE] = spa.cookies[REFRESH_COOKIE]!;
    const form_token = await browser.token();
    const answer = await browser.send('/auth/form/logout', { form_token });
    expect(answer.status).toBe(303);
    const names = answer.cookies.map((line) => line.split('=')[0]);
    expect(names).not.toContain(REFRESH_COOKIE);
    expect(names).not.toContain(HINT_COOKIE);
    expect((await spa.refresh()).status).toBe(200);
  });
});
