import { createServerAuth, forwardedAddressOf } from '@portcullis/client/server';
import { startAuthApp, type AuthApp } from '../../support/auth-app';
import { signedInPage } from '../../support/session-client';

const LIMIT = 4;
const THEIRS = '203.0.113.7';
const PROXY = '10.0.0.1';

describe('whose request a page is, where one proxy stands in front of pages and API', () => {
  let app: AuthApp;

  beforeEach(async () => {
    app = await startAuthApp({
      options: { proxyHops: 1, throttling: { pages: { limit: LIMIT } } },
    });
  });
  afterEach(() => app.close());

  /** The statuses that the API says to pages whose requests come through the proxy. */
  async function statuses(
    cookie: string,
    forwarded: readonly string[],
    clientAddress: (request: Request) => string | undefined = forwardedAddressOf,
  ): Promise<number[]> {
    const auth = createServerAuth({ baseUrl: `${app.url}/auth`, clientAddress });
    const answers: number[] = [];
    for (const value of forwarded) {
      const headers = { cookie, 'x-forwarded-for': value };
      const request = new Request('https://pages.example/', { headers });
      const answer = await auth.fetch(request, '/auth/session');
      await answer.body?.cancel();
      answers.push(answer.status);
    }
    return answers;
  }

  const spoofed = (count: number, address: string) =>
    Array.from({ length: count }, (_, index) => `192.0.2.${index}, ${address}`);

  it('LG-5: is theirs whom the proxy names, whatever the browser claims', async () => {
    const { page } = await signedInPage(app);
    const cookie = page.cookieHeader();

    expect(await statuses(cookie, spoofed(LIMIT + 1, THEIRS))).toEqual([200, 200, 200, 200, 429]);
    expect(await statuses(cookie, spoofed(1, '203.0.113.8'))).toEqual([200]);
  });

  it('LG-5: counts together with what their browser asks the API itself, through the same proxy', async () => {
    const { page } = await signedInPage(app);
    const cookie = page.cookieHeader();
    await statuses(cookie, spoofed(LIMIT - 1, THEIRS));
    const own = () =>
      app.get('/auth/session').set('cookie', cookie).set('x-forwarded-for', `192.0.2.1, ${THEIRS}`);

    expect([(await own()).status, (await own()).status]).toEqual([200, 429]);
  });

  it('is everybody’s together where the address is that of the connection, which is the proxy', async () => {
    const { page } = await signedInPage(app);
    const everybody = ['203.0.113.1', '203.0.113.2', '203.0.113.3', '203.0.113.4', THEIRS];

    expect(await statuses(page.cookieHeader(), everybody, () => PROXY)).toEqual([
      200, 200, 200, 200, 429,
    ]);
  });

  it.each([
    ['nobody, without the header', undefined, undefined],
    ['the only one', THEIRS, THEIRS],
    ['the last one, however it is written', `a,b , ${THEIRS} `, THEIRS],
  ])('is read from the header: %s', (_what, value, expected) => {
    const headers = new Headers(value === undefined ? {} : { 'x-forwarded-for': value });

    expect(forwardedAddressOf(new Request('https://pages.example/', { headers }))).toBe(expected);
  });
});
