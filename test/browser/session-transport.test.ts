import { ADMIN } from '../support/server-process';
import { until } from '../support/until';
import {
  accountOf,
  ask,
  becomes,
  describeOnStage,
  heapOf,
  reasonOf,
  signIn,
  statuses,
  statusOf,
  TABS,
} from './stage';

const PAGE = '/?transport=session';
const JWT = /eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/;

describeOnStage('the session transport in a real browser', (stage) => {
  it('signs in, asks the API, comes back after a reload, and signs out', async () => {
    const page = await stage.signedIn(PAGE);
    expect(await ask(page)).toBe(200);
    await page.reload();
    await becomes(page, 'authenticated');
    expect(await page.textContent('#who')).toContain('@');
    expect(await ask(page)).toBe(200);
    await page.evaluate(() => globalThis.auth.logout());
    expect(await statusOf(page)).toBe('anonymous');
    expect(await stage.secretCookie()).toBeUndefined();
    expect(await ask(page)).toBe(401);
    expect(stage.site.count('/auth/refresh')).toBe(0);
  });

  it('46, SD-1: leaves no token anywhere that a script could reach', async () => {
    const page = await stage.signedIn(PAGE);
    await ask(page);
    const secret = (await stage.secretCookie())!;
    const heap = await heapOf(page);
    // What is in memory is found: the address of who is signed in.
    expect([ADMIN.email, secret].map((text) => heap.includes(text))).toEqual([true, false]);
    expect(JWT.test(heap)).toBe(false);
    expect(await page.evaluate(() => document.cookie)).not.toContain(secret);
    expect(stage.site.log.includes(secret)).toBe(false);
    const code = await page.evaluate(() =>
      globalThis.auth.getAccessToken().catch((error: unknown) => (error as { code: string }).code),
    );
    expect(code).toBe('unauthenticated');
  });

  it('sends what changes something with its proof, and takes the new secret id over', async () => {
    const page = await stage.signedIn(PAGE);
    const before = await stage.secretCookie();
    const status = await page.evaluate(async (password) => {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ password });
      const init = { method: 'POST', headers, body };
      return (await globalThis.auth.fetch('/auth/step-up', init)).status;
    }, ADMIN.password);
    expect(status).toBe(200);
    const [sent] = stage.site.asked('/auth/step-up');
    expect(sent!.headers['x-csrf']).toBe('1');
    expect(sent!.headers.authorization).toBeUndefined();
    expect(await stage.secretCookie()).not.toBe(before);
    expect(await ask(page)).toBe(200);
  });

  it('32, SD-3: ends ten tabs when one signs out', async () => {
    const pages = await stage.tabs(PAGE);
    await pages[0]!.evaluate(() => globalThis.auth.logout());
    await Promise.all(pages.map((page) => becomes(page, 'anonymous')));
    expect(await statuses(pages)).toEqual(Array(TABS).fill('anonymous'));
    expect(await pages[1]!.evaluate(() => globalThis.ended)).toEqual(['signed_out_elsewhere']);
  });

  it('34, SD-9: shows the next person in every tab', async () => {
    const [one, other] = (await stage.people(2)).map(accountOf);
    const [first, second] = [await stage.signedIn(PAGE, one), await stage.open(PAGE)];
    await signIn(second, other);
    await until('the next person', async () => (await first.textContent('#who')) === other!.email);
    expect(await first.evaluate(() => globalThis.ended)).toEqual(['signed_out_elsewhere']);
  });

  it('37: notices with the next request that the session is over, and says why', async () => {
    const [person] = await stage.people(1);
    const page = await stage.signedIn(PAGE, accountOf(person!));
    const admin = await stage.signedIn('/', undefined, await stage.freshContext());
    await admin.evaluate(async (id) => {
      await globalThis.auth.fetch(`/admin/users/${id}/sessions`, { method: 'DELETE' });
    }, person!.accountId);
    expect(await ask(page)).toBe(401);
    await becomes(page, 'anonymous');
    expect(await reasonOf(page)).toBe('session_revoked');
  });

  it('18: notices after eight hours that the session has run out', async () => {
    const [person] = await stage.people(1);
    const page = await stage.signedIn(PAGE, accountOf(person!));
    await stage.site.sql(
      `UPDATE auth.sessions SET idle_expires_at = clock_timestamp() - interval '1 second'
       WHERE account_id = '${person!.accountId}'`,
    );
    await page.reload();
    await becomes(page, 'anonymous');
  });
});
