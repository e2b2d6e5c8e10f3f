import { ORIGIN, startAuthApp, type AuthApp } from '../support/auth-app';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { said, signedInPage as signedIn } from '../support/session-client';

describe('the session cookie', () => {
  let database: TestDatabase;
  let app: AuthApp;
  let other: AuthApp;

  beforeAll(async () => {
    database = await cloneDatabase();
    app = await startAuthApp({ database });
    other = await startAuthApp({ database });
  });

  afterAll(async () => {
    await other.close();
    await app.close();
    await database.drop();
  });

  describe('requests that change something', () => {
    const refused: [string, Record<string, string>, number, string][] = [
      ['no origin', { Origin: '' }, 403, 'origin_refused'],
      ['a null origin', { Origin: 'null' }, 403, 'origin_refused'],
      ['another origin', { Origin: 'https://evil.example' }, 403, 'origin_refused'],
      ['a longer origin', { Origin: `${ORIGIN}.evil.example` }, 403, 'origin_refused'],
      ['a sub-domain', { Origin: 'https://sub.api.example.org' }, 403, 'origin_refused'],
      ['plain http', { Origin: 'http://api.example.org' }, 403, 'origin_refused'],
      ['a foreign site', { Origin: '', 'Sec-Fetch-Site': 'cross-site' }, 403, 'origin_refused'],
      ['a sibling site', { Origin: '', 'Sec-Fetch-Site': 'same-site' }, 403, 'origin_refused'],
      ['no x-csrf', { 'x-csrf': '' }, 403, 'csrf_failed'],
      ['another x-csrf', { 'x-csrf': '2' }, 403, 'csrf_failed'],
      [
        'a form',
        { 'Content-Type': 'application/x-www-form-urlencoded' },
        415,
        'unsupported_media_type',
      ],
      ['plain text', { 'Content-Type': 'text/plain' }, 415, 'unsupported_media_type'],
    ];

    it.each(refused)('CK-6, CK-7: are refused with %s', async (_name, headers, status, code) => {
      const { page } = await signedIn(app, 'writer');
      for (const path of ['/things', '/auth/session/roles', '/auth/logout']) {
        const response = await page.request(path, '{}', {
          'Content-Type': 'application/json',
          ...headers,
        });
        expect(said(response)).toEqual([status, code]);
      }
      const removed = await app
        .delete(`/auth/sessions/${page.sessionId}`)
        .set('Cookie', page.cookieHeader());
      expect(said(removed)).toEqual([403, 'origin_refused']);
      expect((await page.get('/things')).status).toBe(200);
    });

    it('CK-6: are let in from a page of ours, also where the browser names the site alone', async () => {
      const { page } = await signedIn(app, 'writer');
      expect((await page.post('/things')).status).toBe(201);
      const bySite = { Origin: '', 'Sec-Fetch-Site': 'same-origin' };
      expect((await page.post('/things', {}, bySite)).status).toBe(201);
    });

    it('CK-8: are no other requests in disguise', async () => {
      const { page } = await signedIn(app, 'writer');
      const before = await app.sql('SELECT * FROM auth.sessions ORDER BY id');
      const override = { 'X-HTTP-Method-Override': 'DELETE', 'X-Method-Override': 'DELETE' };
      await page.look(`/auth/sessions/${page.sessionId}?_method=DELETE`, override);
      for (const path of ['/auth/session', '/auth/sessions', '/things', '/things/mine']) {
        await page.look(path, override);
      }
      expect(await app.sql('SELECT * FROM auth.sessions ORDER BY id')).toEqual(before);
      const forged = await page.request('/things', {}, { ...override, 'x-csrf': '' });
      expect(said(forged)).toEqual([403, 'csrf_failed']);
    });

    it.each(['__Host-csrf', 'x-csrf', 'XSRF-TOKEN', '_csrf', '__Host-portcullis-csrf'])(
      'CK-9: are proved by no cookie %s that a neighbour planted, with a header to match',
      async (name) => {
        const { page } = await signedIn(app, 'writer');
        page.cookies[name] = 'planted';
        const matching = {
          'x-csrf': 'planted',
          'x-xsrf-token': 'planted',
          'x-csrf-token': 'planted',
        };
        const tried = await page.request('/things', {}, matching);
        expect(said(tried)).toEqual([403, 'csrf_failed']);
        const foreign = { ...matching, 'x-csrf': '1', Origin: 'https://sub.api.example.org' };
        expect(said(await page.request('/things', {}, foreign))).toEqual([403, 'origin_refused']);
        expect((await page.post('/things')).status).toBe(201);
      },
    );

    it('CK-6: prove as little to the other instance', async () => {
      const { page } = await signedIn(app, 'writer');
      const forged = await other.post('/things').set('Cookie', page.cookieHeader());
      expect(said(forged)).toEqual([403, 'origin_refused']);
    });
  });
});
