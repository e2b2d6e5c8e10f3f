import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expose, type Exposure } from './exposure';
import { describeOnStage } from './stage';

const README = join(__dirname, '..', '..', 'packages', 'client', 'README.md');

/** How the client may be set up, as the published table calls it. */
const SETUPS = {
  '`cookie`': '/',
  '`cookie`, `shareToken: false`': '/?shareToken=false',
  '`session`': '/?transport=session',
} as const;

/** The rows of the published table, by what the script tries. */
const ROWS: Readonly<Record<keyof Exposure, string>> = {
  storages: 'storages, readable cookies, the page',
  globals: 'everything that hangs from a global',
  channel: 'the channel between the tabs',
  client: 'a client that the application left in a global',
  requests: 'requests of the application, by a wrapped `fetch`',
  ownRefresh: 'a refresh of its own',
  acts: 'acting as the person while the page is open',
};

describeOnStage('47: a script that found its way into a page', (stage) => {
  const measured: Record<string, Exposure> = {};

  it.each(Object.entries(SETUPS))(
    'with %s never gets the secret of the cookie',
    async (setup, path) => {
      const page = await stage.signedIn(path);
      // Another tab that could be talked into something.
      await stage.open(path);
      const secret = (await stage.secretCookie())!;
      measured[setup] = await page.evaluate(expose, secret);
      const { storages, globals } = measured[setup];
      expect({ storages, globals }).toEqual({ storages: false, globals: false });
      const everything = await page.evaluate(
        () => document.cookie + document.documentElement.outerHTML,
      );
      expect(everything.includes(secret)).toBe(false);
    },
  );

  it('would find what an application left lying about', async () => {
    const page = await stage.signedIn();
    const token = await page.evaluate(() => globalThis.auth.getAccessToken());
    await page.evaluate((text) => Object.assign(globalThis, { careless: { with: [text] } }), token);
    expect(await page.evaluate(expose, 'no secret')).toMatchObject({ globals: true });
    await page.evaluate((text) => sessionStorage.setItem('token', text), token);
    expect(await page.evaluate(expose, 'no secret')).toMatchObject({ storages: true });
  });

  it('gets what the README of the client says, and nothing else', () => {
    const readme = readFileSync(README, 'utf8').split('\n');
    for (const [what, row] of Object.entries(ROWS)) {
      const line = readme.find((text) => text.startsWith(`| ${row} `));
      const published = line
        ?.split('|')
        .slice(2, -1)
        .map((cell) => cell.trim());
      const found = Object.keys(SETUPS).map((setup) =>
        measured[setup]![what as keyof Exposure] ? 'yes' : 'no',
      );
      expect([row, published]).toEqual([row, found]);
    }
  });
});
