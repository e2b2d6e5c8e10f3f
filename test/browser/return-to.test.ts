import { HARMLESS, HOSTILE, VECTOR_ORIGIN } from '../client/return-to-vectors';
import { ADMIN } from '../support/server-process';
import { describeOnStage, started, type Account } from './stage';

declare global {
  /** Signs in and goes where the address of the page says. */
  var signInAndGoOn: (account: Account) => Promise<void>;
}

/** Round trips at a time: each costs the server a hash. */
const AT_ONCE = 3;

describeOnStage('the way back after a sign-in', (stage) => {
  /** Where a whole sign-in leads that was begun at an address with such a `returnTo`. */
  const roundTrips = async (values: readonly string[]): Promise<[string, string][]> => {
    const waiting = [...values];
    const ends: [string, string][] = [];
    const walk = async () => {
      const context = await stage.freshContext();
      await context.route('**/*', (route) => {
        const isOurs = new URL(route.request().url()).origin === stage.site.url;
        return isOurs ? route.continue() : route.fulfill({ body: 'elsewhere' });
      });
      const page = await context.newPage();
      for (let value = waiting.shift(); value !== undefined; value = waiting.shift()) {
        const ours = value.replaceAll(VECTOR_ORIGIN, stage.site.url);
        await page.goto(`${stage.site.url}/login?returnTo=${encodeURIComponent(ours)}`);
        await started(page);
        const gone = page.waitForEvent('framenavigated');
        await page.evaluate((account) => void globalThis.signInAndGoOn(account), ADMIN);
        await gone;
        await page.waitForLoadState();
        ends.push([value, page.url()]);
        await context.clearCookies();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, walk));
    return ends;
  };

  it('45: is always on the same origin, whatever more than sixty hostile addresses say', async () => {
    // Half a surrogate pair is in no address: the browser would send another character.
    const values = HOSTILE.filter(
      (value): value is string => typeof value === 'string' && !/\p{Cs}/u.test(value),
    );
    expect(values.length).toBeGreaterThan(60);
    const ends = await roundTrips(values);
    expect(ends.filter(([, url]) => url !== `${stage.site.url}/`)).toEqual([]);
    expect(ends).toHaveLength(values.length);
  }, 120_000);

  it('45: is the page that was asked for, where that is one of ours', async () => {
    const wanted = HARMLESS.filter(([value]) => value.startsWith('/'));
    const ends = await roundTrips(wanted.map(([value]) => value));
    expect(new Map(ends)).toEqual(
      new Map(wanted.map(([value, path]) => [value, stage.site.url + path])),
    );
  }, 60_000);
});
