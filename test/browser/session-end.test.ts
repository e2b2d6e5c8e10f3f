import type { Page } from 'playwright-core';
import { ADMIN } from '../support/server-process';
import { until } from '../support/until';
import {
  accountOf,
  ask,
  becomes,
  describeOnStage,
  reasonOf,
  refresh,
  signIn,
  statuses,
  statusOf,
  TABS,
} from './stage';

const REFRESH = '/auth/refresh';
const LOGOUT = '/auth/logout';

/** What scripts of ours could hear through, other than an answer of the server. */
function without(...names: readonly ('BroadcastChannel' | 'cookieStore' | 'locks')[]) {
  return (taken: readonly string[] = names) => {
    for (const name of taken) {
      if (name === 'locks') Object.defineProperty(navigator, 'locks', { value: undefined });
      else Object.defineProperty(globalThis, name, { value: undefined });
    }
  };
}

describeOnStage('the end of a session in a real browser', (stage) => {
  const refused = async (page: Page, refusal = 401) => {
    const status = await page.evaluate(async () => {
      const answer = await fetch('/auth/refresh', { method: 'POST', headers: { 'x-csrf': '1' } });
      return answer.status;
    });
    expect(status).toBe(refusal);
  };

  it.each([
    ['over the channel', []],
    ['11: by the cookie that is gone, without a channel', ['BroadcastChannel'] as const],
  ])(
    '32, SD-3: ends ten tabs within half a second when one signs out, %s',
    async (_title, missing) => {
      await stage.context.addInitScript(without(), missing);
      const pages = await stage.tabs();
      const ends = pages.map((page) => becomes(page, 'anonymous'));
      const startedAt = performance.now();
      await pages[0]!.evaluate(() => globalThis.auth.logout());
      await Promise.all(ends);
      const elapsed = performance.now() - startedAt;
      process.stdout.write(`32: ten tabs ended after ${elapsed.toFixed(0)} ms\n`);
      expect(await pages[1]!.evaluate(() => globalThis.ended)).toEqual(['signed_out_elsewhere']);
      expect(elapsed).toBeLessThan(500);
    },
  );

  it('12: ends the others with their next request where a browser has nothing to hear through', async () => {
    await stage.context.addInitScript(without(), ['BroadcastChannel', 'cookieStore', 'locks']);
    const [first, second] = [await stage.signedIn(), await stage.open()];
    await first.evaluate(() => globalThis.auth.logout());
    expect(await statusOf(second)).toBe('authenticated');
    await ask(second);
    expect(await statusOf(second)).toBe('anonymous');
    expect(await second.evaluate(() => globalThis.ended)).toHaveLength(1);
  });

  it('33: ends the others after a sign-out without any script', async () => {
    const [first, second] = [await stage.signedIn(), await stage.open()];
    await first.goto(`${stage.site.url}/bare`);
    await first.evaluate(() =>
      fetch('/auth/logout', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-csrf': '1' },
        body: '{}',
      }),
    );
    await becomes(second, 'anonymous');
    expect(await reasonOf(second)).toBe('signed_out_elsewhere');
  });

  it('32, SD-3: is not revived by a refresh that was under way', async () => {
    const page = await stage.signedIn();
    const held = stage.site.hold(REFRESH);
    const refreshing = refresh(page);
    await held.arrived;
    await page.evaluate(() => globalThis.auth.logout());
    held.release();
    expect(await refreshing).toBe('superseded');
    expect(await statusOf(page)).toBe('anonymous');
    await refused(page);
    await page.reload();
    await becomes(page, 'anonymous');
  });

  it('34, SD-9: shows the next person in every tab, and nothing of the one before', async () => {
    const [one, other] = (await stage.people(2)).map(accountOf);
    const [first, second] = [await stage.signedIn('/', one), await stage.open()];
    await becomes(second, 'authenticated');
    await first.evaluate(() => (globalThis.shown.length = 0));
    await signIn(second, other);
    await until('the next person', async () => (await first.textContent('#who')) === other!.email);
    const shown = await first.evaluate(() => globalThis.shown);
    expect(shown).not.toContain(one!.email);
    expect(await first.evaluate(() => globalThis.ended)).toEqual(['signed_out_elsewhere']);
    expect(await first.evaluate(() => globalThis.changed)).toEqual([other!.email]);
    expect(await ask(first, '/auth/session')).toBe(200);
  });

  it('34, SD-9: notices the next person without a channel at the next refresh, and ends the one before first', async () => {
    await stage.context.addInitScript(without(), ['BroadcastChannel']);
    const [one, other] = (await stage.people(2)).map(accountOf);
    const [first, second] = [await stage.signedIn('/', one), await stage.open()];
    await signIn(second, other);
    await refresh(first);
    await until('the next person', async () => (await first.textContent('#who')) === other!.email);
    expect(await first.evaluate(() => globalThis.ended)).toEqual(['signed_out_elsewhere']);
  });

  it('35: forgets at once without a network, and tells the server when it is back', async () => {
    const [page, other] = [await stage.signedIn(), await stage.open()];
    const kept = await stage.context.cookies();
    await stage.context.setOffline(true);
    const code = await page.evaluate(() =>
      globalThis.auth.logout().catch((error: unknown) => (error as { readonly code: string }).code),
    );
    expect(code).toBe('offline');
    expect(await statuses([page, other])).toEqual(['anonymous', 'anonymous']);
    expect(stage.site.count(LOGOUT)).toBe(0);
    await stage.context.setOffline(false);
    await until('a logout at the server', () => stage.site.count(LOGOUT) === 1);
    await until('cookies that are gone', async () => (await stage.secretCookie()) === undefined);
    // Also for a copy of the cookies nothing is left.
    await stage.context.addCookies(kept);
    await refused(page);
  });

  it('36: does not put a late answer of the session before on the next person', async () => {
    const [one, other] = (await stage.people(2)).map(accountOf);
    const page = await stage.signedIn('/', one);
    const held = stage.site.hold('/auth/sessions');
    const late = page.evaluate(() =>
      globalThis.auth.listSessions().then(
        () => 'answered',
        (error: unknown) => (error as { readonly code: string }).code,
      ),
    );
    await held.arrived;
    await page.evaluate(() => globalThis.auth.logout());
    await signIn(page, other);
    held.release();
    await late;
    expect(await page.textContent('#who')).toBe(other!.email);
  });

  it('36: sends no request of the session before again in the name of the next person', async () => {
    const [one, other] = (await stage.people(2)).map(accountOf);
    const page = await stage.signedIn('/', one);
    const tokenBefore = await page.evaluate(() => globalThis.auth.getAccessToken());
    stage.site.intrude('/echo', {
      status: 401,
      headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
    });
    const held = stage.site.hold('/echo');
    const late = page.evaluate(() =>
      globalThis.auth.fetch('/echo', { method: 'POST', body: 'an order of the first' }).then(
        ({ status }) => String(status),
        (error: unknown) => (error as { readonly code: string }).code,
      ),
    );
    await held.arrived;
    await page.evaluate(() => globalThis.auth.logout());
    await signIn(page, other);
    held.release();
    expect(await late).toBe('401');
    expect(stage.site.asked('/echo').map(({ headers }) => headers.authorization)).toEqual([
      `Bearer ${tokenBefore}`,
    ]);
  });

  it('37: ends with the next request when an administrator ended the session', async () => {
    const [person] = await stage.people(1);
    const page = await stage.signedIn('/', accountOf(person!));
    const admin = await stage.signedIn('/', undefined, await stage.freshContext());
    await admin.evaluate(async (id) => {
      const path = `/admin/users/${id}/sessions`;
      const answer = await globalThis.auth.fetch(path, { method: 'DELETE' });
      if (!answer.ok) throw new Error(await answer.text());
    }, person!.accountId);
    expect(await ask(page)).toBe(401);
    expect(await reasonOf(page)).toBe('session_revoked');
    expect(await page.evaluate(() => globalThis.ended)).toEqual(['session_revoked']);
  });

  it('38: learns of a new role with the next answer, without a reload or a new sign-in', async () => {
    const [person] = await stage.people(1);
    const page = await stage.signedIn('/', accountOf(person!));
    expect(await ask(page)).toBe(403);
    expect(await page.evaluate(() => globalThis.auth.can('invoices:read'))).toBe(false);
    const admin = await stage.signedIn('/', undefined, await stage.freshContext());
    await stage.grant(admin, person!.accountId, 'viewer');
    await until('an answer by the new role', async () => (await ask(page)) === 200);
    await page.waitForFunction(() => globalThis.auth.can('invoices:read'));
    expect(stage.site.count(REFRESH)).toBe(0);
    expect(await statusOf(page)).toBe('authenticated');
  });

  it.each(['cookie', 'session'])(
    '39: asks for the password where a route wants a fresh proof, and sends the request once more: %s',
    async (transport) => {
      const page = await stage.signedIn(`/?transport=${transport}`);
      await stage.site.sql(
        `UPDATE auth.sessions SET auth_time = auth_time - interval '1 day' WHERE revoked_at IS NULL`,
      );
      // It stands in the token; a session of the other transport is looked up by its first request.
      if (transport === 'cookie') expect(await refresh(page)).toBe('done');
      const asked = await page.evaluate(async (password) => {
        let times = 0;
        globalThis.auth.onStepUp(async () => {
          times += 1;
          await globalThis.auth.stepUp({ password });
        });
        const answer = await globalThis.auth.fetch('/admin/keys/rotate', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{}',
        });
        return { times, status: answer.status };
      }, ADMIN.password);
      expect(asked).toEqual({ times: 1, status: 201 });
      expect(stage.site.asked('/admin/keys/rotate').map(({ status }) => status)).toEqual([
        401, 201,
      ]);
      expect(await statusOf(page)).toBe('authenticated');
    },
  );

  it('ends all sessions of the account, in every browser, when that is what was asked for', async () => {
    const [person] = await stage.people(1);
    const account = accountOf(person!);
    const [here, there] = [
      await stage.signedIn('/', account),
      await stage.signedIn('/', account, await stage.freshContext()),
    ];
    await here.evaluate(() => globalThis.auth.logout({ scope: 'all' }));
    expect(await statusOf(here)).toBe('anonymous');
    expect(await ask(there)).toBe(401);
    expect(await statusOf(there)).toBe('anonymous');
  });

  it('2: signs ten tabs in when one of them does', async () => {
    const pages = await Promise.all(Array.from({ length: TABS }, () => stage.open()));
    await signIn(pages[0]!);
    await Promise.all(pages.map((page) => becomes(page, 'authenticated')));
    expect(stage.site.count(REFRESH)).toBe(0);
  });
});
