import { createHash } from 'node:crypto';
import type { Page } from 'playwright-core';
import { until } from '../support/until';
import { ask, becomes, describeOnStage, reasonOf, refresh, signIn, statusOf } from './stage';

const REFRESH = '/auth/refresh';
const MEGABYTE = 2 ** 20;
const REFUSED_TOKEN = {
  status: 401,
  headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
};

/** What `/echo` says that it was sent. */
interface Echo {
  readonly bytes: number;
  readonly digest: string;
  readonly type: string;
}

describeOnStage('the network in a real browser', (stage) => {
  it('23: is stale, never signed out, without a network across the expiry, and recovers with it', async () => {
    await stage.context.clock.install();
    const page = await stage.signedIn();
    await stage.context.setOffline(true);
    expect(await refresh(page)).toBe('offline');
    expect(await statusOf(page)).toBe('authenticated');
    await page.clock.fastForward('11:00');
    await becomes(page, 'stale');
    expect(await page.textContent('#who')).toContain('@');
    expect(stage.site.count(REFRESH)).toBe(0);
    await stage.context.setOffline(false);
    await page.clock.fastForward(5000);
    await becomes(page, 'authenticated');
    expect(stage.site.count(REFRESH)).toBe(1);
    expect(await page.evaluate(() => globalThis.ended)).toEqual([]);
  });

  it('24: tries again with the same attempt, not at once, after two 503, and recovers', async () => {
    const page = await stage.signedIn();
    stage.site.intrude(REFRESH, { status: 503 }, { status: 503 });
    expect(await refresh(page)).toBe('done');
    const asked = stage.site.asked(REFRESH);
    expect(asked.map(({ status }) => status)).toEqual([503, 503, 200]);
    expect(new Set(asked.map(({ headers }) => headers['x-auth-attempt'])).size).toBe(1);
    expect(await ask(page)).toBe(200);
  });

  it('24: leaves the session alone when every attempt is answered by 503', async () => {
    const page = await stage.signedIn();
    stage.site.intrude(REFRESH, { status: 503 }, { status: 502 }, { status: 504 });
    expect(await refresh(page)).toBe('protocol');
    expect(await statusOf(page)).toBe('authenticated');
    expect(stage.site.count(REFRESH)).toBe(3);
  });

  it('25: waits for as long as Retry-After says', async () => {
    await stage.context.clock.install();
    const page = await stage.signedIn();
    await page.clock.pauseAt(Date.now() + 1000);
    stage.site.intrude(REFRESH, { status: 429, headers: { 'retry-after': '3' } });
    const refreshing = refresh(page);
    await until('the first attempt', () => stage.site.count(REFRESH) === 1);
    await page.clock.runFor(2900);
    expect(stage.site.count(REFRESH)).toBe(1);
    await page.clock.runFor(200);
    await until('the second attempt', () => stage.site.count(REFRESH) === 2);
    expect(await refreshing).toBe('done');
  });

  it('26: keeps requests waiting for a slow refresh, and gives up only the one that is aborted', async () => {
    const page = await stage.signedIn();
    await stage.revokeSigningKey(page);
    const held = stage.site.hold(REFRESH);
    await page.evaluate(() => {
      const aborter = new AbortController();
      const one = (signal: AbortSignal | null) =>
        globalThis.auth.fetch('/invoices', { signal }).then(
          ({ status }) => String(status),
          (error: unknown) => (error as DOMException).name,
        );
      const asked = [one(null), one(aborter.signal), one(null)];
      Object.assign(globalThis, { aborter, asked });
    });
    await held.arrived;
    await page.evaluate(() => {
      const { aborter } = globalThis as unknown as { readonly aborter: AbortController };
      aborter.abort();
    });
    held.release();
    const outcomes = await page.evaluate(() =>
      Promise.all((globalThis as unknown as { readonly asked: Promise<string>[] }).asked),
    );
    expect(outcomes).toEqual(['200', 'AbortError', '200']);
    expect(stage.site.count(REFRESH)).toBe(1);
  });

  it('27: hands a 401 that the API gives for reasons of its own through, once', async () => {
    const page = await stage.signedIn();
    stage.site.intrude('/echo', { status: 401, headers: { 'www-authenticate': 'Bearer' } });
    expect(await ask(page, '/echo')).toBe(401);
    expect(stage.site.count('/echo')).toBe(1);
    expect(stage.site.count(REFRESH)).toBe(0);
    expect(await statusOf(page)).toBe('authenticated');
  });

  it('28, SD-5: sends a request once more and no further when its token is refused twice', async () => {
    const page = await stage.signedIn();
    stage.site.intrude('/echo', REFUSED_TOKEN, REFUSED_TOKEN);
    expect(await ask(page, '/echo')).toBe(401);
    expect(stage.site.count('/echo')).toBe(2);
    expect(stage.site.count(REFRESH)).toBe(1);
    expect(await statusOf(page)).toBe('authenticated');
  });

  describe('a body that is sent once more', () => {
    /** What `/echo` received after its first answer was a refusal. */
    const replayed = async (page: Page, kind: 'json' | 'form' | 'blob' | 'request') => {
      stage.site.intrude('/echo', REFUSED_TOKEN);
      return page.evaluate(
        async ([what, size]) => {
          const bytes = new Uint8Array(size).map((_byte, index) => (index * 31) % 251);
          const form = new FormData();
          form.append('file', new File([bytes], 'scan.bin'));
          const bodies = {
            json: JSON.stringify({ text: 'x'.repeat(1000) }),
            form,
            blob: new Blob([bytes], { type: 'application/octet-stream' }),
          };
          const answer =
            what === 'request'
              ? globalThis.auth.fetch(new Request('/echo', { method: 'PUT', body: bodies.blob }))
              : globalThis.auth.fetch('/echo', { method: 'POST', body: bodies[what] });
          return (await (await answer).json()) as Echo;
        },
        [kind, MEGABYTE] as const,
      );
    };
    const expected = createHash('sha256')
      .update(new Uint8Array(MEGABYTE).map((_byte, index) => (index * 31) % 251))
      .digest('hex');

    it('29: is the same JSON', async () => {
      const page = await stage.signedIn();
      const body = JSON.stringify({ text: 'x'.repeat(1000) });
      expect(await replayed(page, 'json')).toMatchObject({
        bytes: body.length,
        digest: createHash('sha256').update(body).digest('hex'),
      });
      expect(stage.site.count('/echo')).toBe(2);
    });

    it.each(['blob', 'request'] as const)(
      '29: is the same megabyte byte by byte, of a %s',
      async (kind) => {
        const page = await stage.signedIn();
        expect(await replayed(page, kind)).toMatchObject({ bytes: MEGABYTE, digest: expected });
        expect(stage.site.count('/echo')).toBe(2);
      },
    );

    it('29: is the same form with a file of a megabyte, with its boundary', async () => {
      const page = await stage.signedIn();
      const { bytes, type } = await replayed(page, 'form');
      expect(type).toMatch(/^multipart\/form-data; boundary=/);
      expect(bytes).toBeGreaterThan(MEGABYTE);
      const [first, second] = stage.site.asked('/echo');
      expect(second!.body).toBe(first!.body);
      expect(second!.headers['content-type']).toBe(first!.headers['content-type']);
    });

    it('29: is none where it can be read only once, and the caller is told', async () => {
      const page = await stage.signedIn();
      const code = await page.evaluate(() => {
        const body = new Blob(['once']).stream();
        // HTTP/1.1 carries no stream from a browser; what answers here is the page's own origin.
        const { fetch } = globalThis;
        globalThis.fetch = async (input, init) => {
          const isEcho = input instanceof Request && input.url.endsWith('/echo');
          if (!isEcho) return fetch(input, init);
          const headers = { 'www-authenticate': 'Bearer error="invalid_token"' };
          return new Response(null, { status: 401, headers });
        };
        const init = { method: 'POST', body, duplex: 'half' };
        return globalThis.auth
          .fetch('/echo', init)
          .catch((error: unknown) => (error as { readonly code: string }).code);
      });
      expect(code).toBe('not_replayable');
    });
  });

  it('30: keeps the session when a proxy answers a refresh with a page of its own', async () => {
    const page = await stage.signedIn();
    stage.site.intrude(REFRESH, {
      status: 200,
      headers: { 'content-type': 'text/html' },
      body: '<h1>Sign in to the airport</h1>',
    });
    expect(await refresh(page)).toBe('protocol');
    expect(await statusOf(page)).toBe('authenticated');
    expect(await refresh(page)).toBe('done');
  });

  describe('cookies that the browser does not keep', () => {
    const helpOf = (page: Page) => {
      const said: string[] = [];
      page.on('console', (message) => message.type() === 'error' && said.push(message.text()));
      return said;
    };

    it('31: are noticed and explained where page and API are of different sites', async () => {
      const page = await stage.context.newPage();
      const help = helpOf(page);
      const baseUrl = encodeURIComponent(`${stage.site.url}/auth`);
      await page.goto(`${stage.site.neighbour('app')}/?baseUrl=${baseUrl}`);
      await becomes(page, 'anonymous');
      await signIn(page);
      expect(await statusOf(page)).toBe('authenticated');
      expect(await refresh(page)).toBe('unauthenticated');
      expect(await reasonOf(page)).toBe('cookie_rejected');
      expect(help.join()).toMatch(/no cookie was kept/);
    });

    it('31: are noticed by the sign-in itself where the page could read one of them', async () => {
      await stage.context.addInitScript(() => {
        Object.defineProperty(document, 'cookie', { get: () => '' });
      });
      const page = await stage.open();
      const help = helpOf(page);
      const code = await page.evaluate(
        (account) =>
          globalThis.auth
            .login(account)
            .then(() => 'signed in')
            .catch((error: unknown) => (error as { readonly code: string }).code),
        { email: 'admin@example.test', password: 'an administrator of the tests 1' },
      );
      expect(code).toBe('cookie_rejected');
      expect(await statusOf(page)).toBe('anonymous');
      expect(help.join()).toMatch(/HTTPS or localhost/);
    });
  });
});
