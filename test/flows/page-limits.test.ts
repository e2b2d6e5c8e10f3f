import { THROTTLING_BOUNDS } from '../../src/options/throttling-options';
import { startAuthApp, type AuthApp } from '../support/auth-app';
import { signedInPage } from '../support/session-client';

const PAGES = 3;
const OTHERS = 2;

describe('the limit on what every view of a page costs', () => {
  let app: AuthApp;

  beforeEach(async () => {
    app = await startAuthApp({
      structure: { forms: { loginPage: '/login', homePage: '/home' } },
      options: { throttling: { pages: { limit: PAGES }, account: { limit: OTHERS } } },
    });
  });
  afterEach(() => app.close());

  async function statuses(path: string, count: number, cookie = ''): Promise<number[]> {
    const answers: number[] = [];
    for (let index = 0; index < count; index += 1) {
      answers.push((await app.get(path).set('cookie', cookie)).status);
    }
    return answers;
  }

  it('LG-16: is one for the session and the token of its forms, and leaves the other routes theirs', async () => {
    const { page } = await signedInPage(app, 'reader');
    const cookie = page.cookieHeader();

    expect(await statuses('/auth/session', PAGES - 1, cookie)).toEqual([200, 200]);
    expect(await statuses('/auth/form-token', 2, cookie)).toEqual([200, 429]);
    expect(await statuses('/auth/session', 1, cookie)).toEqual([429]);
    expect(await statuses('/auth/sessions', OTHERS + 1, cookie)).toEqual([200, 200, 429]);
  });

  it('LG-16: is left to pages where the other routes are exhausted', async () => {
    const { page } = await signedInPage(app, 'reader');
    await statuses('/auth/sessions', OTHERS + 1, page.cookieHeader());

    expect(await statuses('/auth/session', 1, page.cookieHeader())).toEqual([200]);
  });

  it('is as wide as that of an application, which asks no less often', () => {
    expect(THROTTLING_BOUNDS.pages).toEqual(THROTTLING_BOUNDS.application);
  });
});
