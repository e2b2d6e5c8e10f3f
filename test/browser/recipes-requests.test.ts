import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { ADMIN } from '../support/server-process';
import { until } from '../support/until';
import type { Held, Intrusion } from './client-site';
import type {} from '../recipes/globals';
import { RecipesSite, subjectOf } from './recipes-site';
import { accountOf, describeOnStage, signIn, started, type Account } from './stage';

const REFRESH = '/auth/refresh';
const PROBLEM = { 'content-type': 'application/problem+json' };
const BODY = '{"code":"refused"}';
const INVALID = refused('Bearer error="invalid_token"');
const TOO_OLD = refused('Bearer error="insufficient_user_authentication", max_age="60"');
const AWAY = { status: 503, headers: PROBLEM, body: BODY };
const NOT_THERE = '/invoices/018f0000-0000-7000-8000-000000000000';

function refused(challenge: string): Intrusion {
  return { status: 401, headers: { ...PROBLEM, 'www-authenticate': challenge }, body: BODY };
}

type Library = 'axios' | 'ky';
type Body = 'none' | 'json' | 'form' | 'blob';

/** How a request of a library ended: its answer, or its error as a caller sees it. */
interface Outcome {
  readonly data?: unknown;
  readonly name?: string;
  readonly code?: string | undefined;
}

interface Call {
  readonly library: Library;
  readonly path: string;
  readonly body?: Body;
  readonly timeout?: number;
  /** Whether the caller wants to hear how much was sent. */
  readonly isFollowed?: boolean;
}

interface Problem {
  readonly code: string;
}

/** What either library throws. */
interface Thrown {
  readonly name: string;
  readonly code?: string;
  readonly response?: Response | { readonly data: unknown };
}

/** Sends a request as an application with that library would. */
function send(page: Page, call: Call): Promise<Outcome> {
  return page.evaluate(async ({ library, path, body = 'none', timeout, isFollowed }) => {
    const form = new FormData();
    form.set('note', 'grün & "quoted"');
    form.set('scan', new Blob([new Uint8Array(1_000_000).fill(7)]), 'scan.bin');
    const bodies = {
      none: undefined,
      json: { amount: 7, note: 'grün' },
      form,
      blob: new Blob([new Uint8Array(70_000).fill(9)], { type: 'image/png' }),
    };
    const given = bodies[body];
    const common = {
      method: given === undefined ? 'GET' : 'POST',
      ...(timeout && { timeout }),
      ...(isFollowed && { onUploadProgress: () => undefined }),
    };
    try {
      if (library === 'axios') {
        // Anything else that is no form and no object is a form to axios.
        const typed = body === 'blob' ? { headers: { 'content-type': 'image/png' } } : {};
        const answer = await globalThis.axiosApi.request<unknown>({
          url: path,
          data: given,
          ...common,
          ...typed,
        });
        return { data: answer.data };
      }
      const sent = body === 'json' ? { json: given } : given && { body: given as Blob };
      return { data: await globalThis.kyApi(path, { ...common, ...sent }).json() };
    } catch (thrown) {
      const { name, code, response } = thrown as Thrown;
      const problem = response instanceof Response ? await response.json() : response?.data;
      return { name, code: (problem as Problem | undefined)?.code ?? code };
    }
  }, call);
}

/** Some other origin, which lets everybody ask. */
async function elsewhere<Result>(
  work: (url: string, asked: readonly IncomingHttpHeaders[]) => Promise<Result>,
): Promise<Result> {
  const asked: IncomingHttpHeaders[] = [];
  const server = createServer(({ headers }, answer) => {
    asked.push(headers);
    answer.setHeader('access-control-allow-origin', '*');
    answer.setHeader('access-control-allow-headers', '*');
    answer.setHeader('content-type', 'application/json');
    answer.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await work(`http://localhost:${(server.address() as AddressInfo).port}/`, asked);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describeOnStage('the recipes for axios and ky in a real browser', (stage) => {
  let recipes: RecipesSite;
  let bob: Account;

  beforeAll(async () => {
    recipes = await RecipesSite.mount(stage.site);
    bob = accountOf((await stage.people(1))[0]!);
  }, 60_000);

  afterEach(() => recipes.reset());

  /** Somebody signs out while an answer is held back, and the next person signs in before it comes. */
  const replacePerson = async (page: Page, held: Held) => {
    await held.arrived;
    await page.evaluate(() => globalThis.auth.logout());
    const next = signIn(page, bob);
    held.release();
    await next;
  };

  describe.each(['axios', 'ky'] as const)('%s', (library) => {
    const signedIn = async () => {
      recipes.application = 'requests';
      const page = await stage.signedIn();
      stage.site.reset();
      return page;
    };

    it.each(['none', 'json', 'form', 'blob'] as const)(
      'a refused request (%s) is sent exactly once more, byte by byte, with a new token',
      async (body) => {
        const page = await signedIn();
        stage.site.intrude('/echo', INVALID);
        const { data } = await send(page, { library, path: '/echo', body });
        const [first, second, ...more] = stage.site.asked('/echo');
        expect(more).toEqual([]);
        expect(second!.status).toBe(200);
        expect(second!.body).toBe(first!.body);
        expect(second!.headers['content-type']).toBe(first!.headers['content-type']);
        const type = { none: undefined, json: 'application/json', blob: 'image/png' };
        if (body !== 'form') expect(second!.headers['content-type']).toBe(type[body]);
        else expect(second!.headers['content-type']).toMatch(/^multipart\/form-data; boundary=./);
        expect(first!.headers.authorization).toMatch(/^Bearer ./);
        expect(second!.headers.authorization).not.toBe(first!.headers.authorization);
        expect(stage.site.count(REFRESH)).toBe(1);
        expect(data).toMatchObject({ digest: second!.body });
      },
    );

    it('20 refused at once renew once', async () => {
      const page = await signedIn();
      stage.site.intrude('/echo', ...Array<Intrusion>(20).fill(INVALID));
      const calls = Array.from({ length: 20 }, () => send(page, { library, path: '/echo' }));
      for (const { data } of await Promise.all(calls)) expect(data).toBeDefined();
      expect(stage.site.count(REFRESH)).toBe(1);
      expect(stage.site.count('/echo')).toBe(40);
    });

    it('one that is refused twice is sent no third time', async () => {
      const page = await signedIn();
      stage.site.intrude('/echo', INVALID, INVALID);
      const { name } = await send(page, { library, path: '/echo' });
      expect(name).toBe(library === 'axios' ? 'AxiosError' : 'HTTPError');
      expect(stage.site.count('/echo')).toBe(2);
    });

    it('who stops waiting gets the error of the library, and the refresh goes on for the others', async () => {
      const page = await signedIn();
      const held = stage.site.hold(REFRESH);
      stage.site.intrude('/echo', INVALID, INVALID, INVALID);
      const patient = send(page, { library, path: '/echo' });
      await held.arrived;
      const aborted = page.evaluate((which) => {
        const controller = new AbortController();
        const { signal } = controller;
        setTimeout(() => controller.abort(), 100);
        const { axiosApi, kyApi } = globalThis;
        const call =
          which === 'axios' ? axiosApi.get('/echo', { signal }) : kyApi('/echo', { signal });
        return call.then(
          () => 'answered',
          (error: unknown) => (error as Error).name,
        );
      }, library);
      const impatient = send(page, { library, path: '/echo', timeout: 100 });
      // Longer than both of them wait.
      await page.waitForTimeout(500);
      held.release();
      expect(await aborted).toBe(library === 'axios' ? 'CanceledError' : 'AbortError');
      expect(await impatient).toMatchObject(
        library === 'axios' ? { code: 'ETIMEDOUT' } : { name: 'TimeoutError' },
      );
      expect((await patient).data).toBeDefined();
      expect(stage.site.count(REFRESH)).toBe(1);
      expect(stage.site.asked('/echo').filter(({ status }) => status === 200)).toHaveLength(1);
    });

    it('a step-up is asked for, and the same request goes once more', async () => {
      const page = await signedIn();
      await page.evaluate(({ password }) => {
        globalThis.auth.onStepUp(() => globalThis.auth.stepUp({ password }));
      }, ADMIN);
      stage.site.intrude('/echo', TOO_OLD);
      await send(page, { library, path: '/echo', body: 'json' });
      const [first, second, ...more] = stage.site.asked('/echo');
      expect([second!.status, more.length]).toEqual([200, 0]);
      expect(second!.body).toBe(first!.body);
      expect(stage.site.count('/auth/step-up')).toBe(1);
    });

    it("a refusal comes as the library's own error, with the code of the problem in it", async () => {
      const page = await signedIn();
      const name = library === 'axios' ? 'AxiosError' : 'HTTPError';
      expect(await send(page, { library, path: NOT_THERE })).toEqual({ name, code: 'not_found' });
    });

    it('another origin gets no token', async () => {
      const page = await signedIn();
      await elsewhere(async (url, asked) => {
        expect((await send(page, { library, path: url })).data).toEqual({});
        expect(asked.length).toBeGreaterThan(0);
        for (const headers of asked) {
          expect(headers.authorization).toBeUndefined();
          expect(headers['x-csrf']).toBeUndefined();
          expect(headers.cookie).toBeUndefined();
        }
      });
    });

    it('no retry of its own multiplies a failing request', async () => {
      const page = await signedIn();
      stage.site.intrude('/echo', AWAY, AWAY, AWAY);
      await send(page, { library, path: '/echo' });
      expect(stage.site.count('/echo')).toBe(1);
    });

    it('what waits for its first token while somebody signs out ends with our code', async () => {
      recipes.application = 'requests';
      const page = await stage.context.newPage();
      await page.clock.install();
      await page.goto(stage.site.url);
      await started(page);
      await signIn(page);
      const held = stage.site.hold(REFRESH);
      await page.clock.fastForward('30:00');
      const waiting = send(page, { library, path: '/echo', body: 'json' });
      await replacePerson(page, held);
      expect(await waiting).toEqual({ name: 'AuthError', code: 'superseded' });
      expect(stage.site.count('/echo')).toBe(0);
    });

    it('a body that is followed while it is sent is a stream, which Chromium sends over HTTP/2 only', async () => {
      const page = await signedIn();
      const { name } = await send(page, { library, path: '/echo', body: 'blob', isFollowed: true });
      expect(name).toBe(library === 'axios' ? 'AxiosError' : 'TypeError');
      expect(stage.site.count('/echo')).toBe(0);
    });

    it('what waits while somebody signs out is not sent in the name of the next person', async () => {
      const page = await signedIn();
      const held = stage.site.hold(REFRESH);
      stage.site.intrude('/echo', INVALID);
      const waiting = send(page, { library, path: '/echo', body: 'json' });
      await replacePerson(page, held);
      expect((await waiting).name).toBeDefined();
      expect(stage.site.count('/echo')).toBe(1);
    });
  });

  it('ky: retries of its own would send in the name of the next person, which is why there are none', async () => {
    recipes.application = 'requests';
    const page = await stage.signedIn();
    stage.site.intrude('/echo', AWAY);
    const again = page.evaluate(() =>
      globalThis.kyApi
        .extend({ retry: { limit: 1, delay: () => 3000 } })('/echo')
        .then(() => 'sent'),
    );
    await until('the first request came', () => stage.site.count('/echo') === 1);
    await page.evaluate(() => globalThis.auth.logout());
    await signIn(page, bob);
    expect(await again).toBe('sent');
    const [first, second] = stage.site.asked('/echo').map(({ headers }) => headers.authorization);
    expect(subjectOf(second)).toBeDefined();
    expect(subjectOf(second)).not.toBe(subjectOf(first));
  });

  it('axios: tells of progress while it downloads, and reads what it is told to read', async () => {
    recipes.application = 'requests';
    const page = await stage.signedIn();
    stage.site.intrude('/echo', INVALID);
    const told = await page.evaluate(async () => {
      let loaded = 0;
      const onDownloadProgress = (event: { readonly loaded: number }) => (loaded = event.loaded);
      const { axiosApi } = globalThis;
      const { data } = await axiosApi.get<Blob>('/echo', {
        responseType: 'blob',
        onDownloadProgress,
      });
      return { loaded, size: data.size };
    });
    expect(told.size).toBeGreaterThan(0);
    expect(told.loaded).toBe(told.size);
  });
});
