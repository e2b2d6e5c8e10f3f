import { until } from '../support/until';
import { describeOnStage, heapOf, refresh, statusOf } from './stage';

describeOnStage('what an attacker finds', (stage) => {
  it('48, CK-1, CK-2, CK-3: cookies that no script and no other host can read or plant', async () => {
    await stage.signedIn();
    const lines = stage.site.exchanges
      .flatMap(({ cookies }) => cookies)
      .filter((line) => !line.includes('Max-Age=0'));
    const secret = lines.find((line) => line.startsWith('__Host-portcullis-refresh='));
    expect(secret).toMatch(/; Path=\/; Max-Age=\d+; HttpOnly; Secure; SameSite=Strict$/);
    for (const line of lines) {
      expect(line).toMatch(/^__Host-/);
      expect(line).not.toMatch(/;\s*Domain=/i);
    }
    const kept = await stage.context.cookies(stage.site.url);
    expect(kept.map(({ name }) => name).sort()).toEqual([
      '__Host-portcullis-device',
      '__Host-portcullis-hint',
      '__Host-portcullis-refresh',
    ]);
    for (const { name, httpOnly, secure, sameSite, path, domain, expires } of kept) {
      expect([name, httpOnly]).toEqual([name, name !== '__Host-portcullis-hint']);
      expect({ secure, sameSite, path, domain }).toEqual({
        secure: true,
        sameSite: 'Strict',
        path: '/',
        // Without a leading dot it belongs to this host alone.
        domain: 'localhost',
      });
      // Not beyond the absolute lifetime of a session, or that of a known device.
      expect(expires * 1000 - Date.now()).toBeLessThanOrEqual(400 * 86_400_000);
    }
    const session = kept.filter(({ name }) => !name.endsWith('device'));
    for (const { expires } of session) {
      expect(expires * 1000 - Date.now()).toBeLessThanOrEqual(7_776_000_000);
    }
  });

  it('48: a page that no other page may show in a frame', async () => {
    const page = await stage.context.newPage();
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    await page.goto(`${stage.site.neighbour('evil')}/bare`);
    const frame = await page.evaluate(async (url) => {
      const element = document.createElement('iframe');
      const loaded = new Promise((resolve) => (element.onload = resolve));
      element.src = url;
      document.body.append(element);
      await loaded;
      return element.contentDocument === null ? 'blocked or foreign' : 'readable';
    }, stage.site.url);
    expect(frame).toBe('blocked or foreign');
    // What the driver hears of the frame comes after the page's own event.
    await until(
      'the browser’s own error page',
      () => page.frames()[1]?.url() === 'chrome-error://chromewebdata/',
    );
    await until('the reason', () => /frame-ancestors/.test(said.join()));
  });

  it('46, SD-1: no token in any storage, in the page or in its address, and no refresh token in the heap', async () => {
    const page = await stage.signedIn();
    const secrets = new Set([await stage.secretCookie()]);
    const tokens = new Set([await page.evaluate(() => globalThis.auth.getAccessToken())]);
    for (let round = 0; round < 3; round += 1) {
      expect(await refresh(page)).toBe('done');
      secrets.add(await stage.secretCookie());
      tokens.add(await page.evaluate(() => globalThis.auth.getAccessToken()));
    }
    expect(tokens.size).toBe(4);
    const visible = await page.evaluate(async () =>
      JSON.stringify([
        { ...localStorage },
        { ...sessionStorage },
        await indexedDB.databases(),
        await caches.keys(),
        document.cookie,
        window.name,
        history.state,
        location.href,
        document.documentElement.outerHTML,
      ]),
    );
    const heap = await heapOf(page);
    const [current] = [...tokens].slice(-1);
    expect(heap.includes(current!)).toBe(true);
    for (const secret of secrets) {
      expect(secret).toBeDefined();
      for (const place of [visible, heap, stage.site.log])
        expect(place.includes(secret!)).toBe(false);
    }
    for (const token of tokens) {
      for (const place of [visible, stage.site.log]) expect(place.includes(token)).toBe(false);
    }
  });

  describe.each(['cookie', 'session'] as const)(
    '47: of another site, with transport %s',
    (transport) => {
      const PATHS = ['/auth/refresh', '/auth/logout', '/auth/step-up', '/invoices'];

      it.each(['fetch', 'form', 'image'] as const)('does nothing by %s', async (means) => {
        const signedIn = await stage.signedIn(`/?transport=${transport}`);
        const evil = await stage.context.newPage();
        await evil.goto(`${stage.site.neighbour('evil')}/bare`);
        stage.site.exchanges.length = 0;
        for (const path of PATHS) {
          await evil.evaluate(ATTACKS[means], stage.site.url + path);
        }
        const asked = stage.site.exchanges;
        expect(asked.map(({ path }) => path).sort()).toEqual([...PATHS].sort());
        expect(asked.filter(({ status }) => status < 400)).toEqual([]);
        // SameSite=Strict: the browser did not even send them along.
        expect(asked.map(({ headers }) => headers.cookie)).toEqual(PATHS.map(() => undefined));
        await signedIn.reload();
        await signedIn.waitForFunction(() => 'auth' in globalThis && !globalThis.auth.loading);
        expect(await statusOf(signedIn)).toBe('authenticated');
      });
    },
  );
});

/** What a page of another site can have a browser send without being asked. */
const ATTACKS = {
  fetch: (url: string): Promise<unknown> =>
    fetch(url, { method: 'POST', mode: 'no-cors', credentials: 'include', body: '{}' }).catch(
      () => 'even the opaque answer is kept from it',
    ),
  form: (url: string): Promise<unknown> =>
    new Promise((resolve) => {
      const frame = document.createElement('iframe');
      frame.name = `frame-${document.querySelectorAll('iframe').length}`;
      document.body.append(frame);
      const form = document.createElement('form');
      Object.assign(form, { action: url, method: 'POST', target: frame.name });
      document.body.append(form);
      frame.onload = resolve;
      form.submit();
    }),
  image: (url: string): Promise<unknown> =>
    new Promise((resolve) => {
      const image = new Image();
      image.onload = image.onerror = resolve;
      image.src = url;
    }),
};
