import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ADMIN } from '../support/server-process';
import { describeOnStage } from './stage';

interface Heard {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

const REFUSED = 'Bearer error="invalid_token"';
const UNPROVEN = 'Bearer error="insufficient_user_authentication"';

/** Another origin that lets every page read it and takes whatever it is sent. */
class Stranger {
  readonly heard: Heard[] = [];
  /** What it complains of. */
  complaint = '';
  readonly #server: Server;

  constructor() {
    this.#server = createServer(({ method = '', headers }, answer) => {
      if (method !== 'OPTIONS') this.heard.push({ method, headers });
      answer.writeHead(method === 'OPTIONS' ? 204 : this.complaint === '' ? 200 : 401, {
        'access-control-allow-origin': headers.origin ?? '*',
        'access-control-allow-credentials': 'true',
        'access-control-allow-headers': 'authorization, x-csrf, content-type',
        'access-control-allow-methods': 'GET, POST, PUT',
        'access-control-expose-headers': 'www-authenticate, x-authority-version',
        'x-authority-version': '999999',
        ...(this.complaint === '' ? {} : { 'www-authenticate': this.complaint }),
      });
      answer.end();
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}/taken`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describeOnStage('an API that redirects to another origin', (stage) => {
  const stranger = new Stranger();

  beforeAll(() => stranger.start());

  beforeEach(() => {
    stranger.heard.length = 0;
    stranger.complaint = '';
  });

  afterAll(() => stranger.stop());

  it.each([
    [301, 'GET'],
    [302, 'GET'],
    [302, 'POST'],
    [303, 'POST'],
    [307, 'GET'],
    [307, 'POST'],
    [308, 'PUT'],
  ])('SD-4: the token does not go along with %i of %s', async (status, method) => {
    const page = await stage.signedIn();
    const token = await page.evaluate(() => globalThis.auth.getAccessToken());
    const secret = await stage.secretCookie();
    stage.site.intrude('/echo', { status, headers: { location: stranger.url } });
    const answered = await page.evaluate(async (asked) => {
      const body = asked === 'GET' ? null : '{"a":1}';
      const headers = { 'content-type': 'application/json' };
      return (await globalThis.auth.fetch('/echo', { method: asked, body, headers })).status;
    }, method);
    expect([answered, stranger.heard.length]).toEqual([200, 1]);
    const sent = JSON.stringify(stranger.heard);
    expect(stranger.heard[0]!.headers).not.toHaveProperty('authorization');
    expect(sent).not.toContain(token);
    expect(sent).not.toContain(secret!);
    // The site itself had it: the test would see it.
    expect(stage.site.asked('/echo')[0]!.headers.authorization).toBe(`Bearer ${token}`);
  });

  it.each([
    ['refuses the token', REFUSED],
    ['wants a step-up', UNPROVEN],
  ])('SD-4: what %s there gets no other token, no answer and no look', async (_what, complaint) => {
    const page = await stage.signedIn();
    await page.evaluate(() => {
      Object.assign(globalThis, { asked: 0 });
      globalThis.auth.onStepUp(() => {
        (globalThis as unknown as { asked: number }).asked += 1;
        return Promise.resolve();
      });
    });
    stranger.complaint = complaint;
    stage.site.exchanges.length = 0;
    stage.site.intrude('/echo', { status: 307, headers: { location: stranger.url } });
    const answered = await page.evaluate(
      async () => (await globalThis.auth.fetch('/echo', { method: 'POST' })).status,
    );
    const asked = await page.evaluate(() => (globalThis as unknown as { asked: number }).asked);
    expect([answered, stranger.heard.length, asked]).toEqual([401, 1, 0]);
    expect(stage.site.exchanges.map(({ path }) => path)).toEqual(['/echo']);
  });

  it.each([302, 307])(
    'SD-4: a sign-in, a refresh and a step-up that are redirected by %i reach nobody else, password and all',
    async (status) => {
      const page = await stage.signedIn();
      const away = { status, headers: { location: stranger.url } };
      for (const path of ['/auth/login', '/auth/refresh', '/auth/step-up'])
        stage.site.intrude(path, away);
      const codes = await page.evaluate(async (account) => {
        const codeOf = (work: Promise<unknown>) =>
          work.then(
            () => 'done',
            (error: unknown) => (error as { readonly code: string }).code,
          );
        const { auth } = globalThis;
        return [await codeOf(auth.stepUp(account)), await codeOf(auth.login(account))];
      }, ADMIN);
      await page.evaluate(() => globalThis.auth.refreshAuth().catch(() => undefined));
      expect(codes).toEqual(['network', 'network']);
      expect(stranger.heard).toEqual([]);
      expect(await page.evaluate(() => globalThis.auth.getState().status)).toBe('authenticated');
    },
  );
});

describeOnStage('the other person that a cookie names', (stage) => {
  it('34, SD-9: is shown after a sign-in without any script of ours, and nothing of the one before', async () => {
    const [one, other] = await stage.people(2);
    const account = ({ email }: { readonly email: string }) => ({
      email,
      password: 'an administrator of the tests 1',
    });
    const page = await stage.signedIn('/', account(one!));
    const bare = await stage.context.newPage();
    await bare.goto(`${stage.site.url}/bare`);
    await bare.evaluate(
      (body) =>
        fetch('/auth/login', {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-csrf': '1' },
          body: JSON.stringify(body),
        }),
      account(other!),
    );
    await page.waitForFunction(
      (email) => document.getElementById('who')?.textContent === email,
      other!.email,
    );
    expect(await page.evaluate(() => globalThis.changed)).toEqual([other!.email]);
    expect(await page.evaluate(() => globalThis.ended)).toEqual(['signed_out_elsewhere']);
  });

  it('SD-6: hears nothing of made-up messages, whatever they are', async () => {
    const page = await stage.signedIn();
    const bare = await stage.context.newPage();
    await bare.goto(`${stage.site.url}/bare`);
    stage.site.exchanges.length = 0;
    const failed: string[] = [];
    page.on('pageerror', (error) => failed.push(String(error)));
    await bare.evaluate(async () => {
      const channel = new BroadcastChannel('portcullis:web');
      const odd = [null, 7, 'x', [], new Map([['kind', 'ended']]), new Date(), new ArrayBuffer(8)];
      const kinds = ['access', 'ended', 'began', 'ask', 'constructor', '__proto__', undefined];
      for (let round = 0; round < 200; round += 1) {
        for (const message of odd) channel.postMessage({ v: 1, message });
        for (const kind of kinds) {
          const access = { token: 'x', generation: Number.NaN, life: Infinity };
          channel.postMessage({ v: 1, message: { kind, access, signedIn: odd, sessionId: odd } });
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
    });
    expect(await page.evaluate(() => globalThis.auth.getState().status)).toBe('authenticated');
    expect([failed, stage.site.exchanges]).toEqual([[], []]);
  });
});
