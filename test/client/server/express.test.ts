import express from 'express';
import type { Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import {
  addressOf,
  createServerAuth,
  expressAuth,
  type RequestAuth,
} from '@portcullis/client/server';
import { AssignmentsService } from '../../../src/access/assignments.service';
import { startAuthApp, type AuthApp } from '../../support/auth-app';
import { SESSION_COOKIE, signedInPage } from '../../support/session-client';

interface WithAuth {
  readonly auth: RequestAuth;
}

describe('expressAuth', () => {
  let app: AuthApp;
  let pages: Server;
  let url: string;

  beforeAll(async () => {
    app = await startAuthApp();
    const auth = createServerAuth({ baseUrl: `${app.url}/auth`, clientAddress: addressOf });
    const site = express();
    site.use(expressAuth(auth));
    site.get('/things', async (request, response) => {
      const { auth: own } = request as unknown as WithAuth;
      const session = await own.requireSession({ permission: 'things:read' });
      if (session) response.send(`things of ${session.user.email}`);
    });
    site.get('/both', async (request, response) => {
      const { auth: own } = request as unknown as WithAuth;
      await own.getSession();
      if (await own.requireSession()) response.send('somebody');
    });
    site.get('/listed', async (request, response) => {
      const { auth: own } = request as unknown as WithAuth;
      const things = await own.fetch('/things');
      await own.getSession();
      response.status(things.status).json(await things.json());
    });
    site.get('/late', async (request, response) => {
      const { auth: own } = request as unknown as WithAuth;
      response.write('begun ');
      response.end((await own.getSession())?.user.email);
    });
    site.all('/home', async (request, response) => {
      const { auth: own } = request as unknown as WithAuth;
      response.send(`hello ${(await own.getSession())?.user.email ?? 'stranger'}`);
    });
    pages = site.listen(0, '127.0.0.1');
    await new Promise((resolve) => pages.once('listening', resolve));
    url = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    pages.close();
    await app.close();
  });

  const visit = (path: string, cookie = '', headers: Record<string, string> = {}) =>
    fetch(url + path, { redirect: 'manual', headers: { cookie, ...headers } });

  it('shows a page to whoever may see it, and no cache may keep it', async () => {
    const { email, page } = await signedInPage(app, 'reader');

    const answer = await visit('/things', page.cookieHeader());

    expect(await answer.text()).toBe(`things of ${email}`);
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
    expect(answer.headers.get('vary')).toContain('Cookie');
  });

  it('sends a stranger to the login page, and refuses who lacks the permission', async () => {
    const { page } = await signedInPage(app);

    const [stranger, lacking] = [
      await visit('/things?a=1'),
      await visit('/things', page.cookieHeader()),
    ];

    expect([stranger.status, stranger.headers.get('location')]).toEqual([
      303,
      '/login?returnTo=%2Fthings%3Fa%3D1',
    ]);
    expect(lacking.status).toBe(403);
    expect(await (await visit('/home')).text()).toBe('hello stranger');
  });

  it('leads to the login page also where the session was asked for before', async () => {
    const answer = await visit('/both');

    expect([answer.status, answer.headers.get('location')]).toEqual([
      303,
      '/login?returnTo=%2Fboth',
    ]);
  });

  it('finds the session of an answer that has begun', async () => {
    const { email, page } = await signedInPage(app, 'reader');

    expect(await (await visit('/late', page.cookieHeader())).text()).toBe(`begun ${email}`);
  });

  it('takes a method that no page is asked for with', async () => {
    const { port } = pages.address() as AddressInfo;

    expect(
      await rawAnswer(port, 'TRACE /home HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
    ).toMatch(/^HTTP\/1.1 200/);
  });

  it('SS-1: gives the browser the new id of its session', async () => {
    const { email, accountId, page } = await signedInPage(app, 'reader');
    await app.nest
      .get(AssignmentsService, { strict: false })
      .unassign({ accountId, role: 'reader' });

    const answer = await visit('/home', page.cookieHeader());
    const cookie = answer.headers.getSetCookie().find((each) => each.startsWith(SESSION_COOKIE));

    expect(await (await visit('/home', cookie?.split(';')[0])).text()).toBe(`hello ${email}`);
  });

  it('SS-1, SS-11: shows what it reads of the API, to no cache, and gives the browser a new id once', async () => {
    const { accountId, email, page } = await signedInPage(app, 'reader');
    const before = await visit('/listed', page.cookieHeader());
    await app.nest
      .get(AssignmentsService, { strict: false })
      .unassign({ accountId, role: 'reader' });
    const after = await visit('/listed', page.cookieHeader());

    expect([before.status, await before.json()]).toEqual([200, { by: accountId }]);
    expect(before.headers.get('cache-control')).toBe('private, no-store');
    expect(after.status).toBe(403);
    const renewed = after.headers.getSetCookie().filter((each) => each.startsWith(SESSION_COOKIE));
    expect(renewed).toHaveLength(1);
    expect(await (await visit('/home', renewed[0]?.split(';')[0])).text()).toBe(`hello ${email}`);
  });

  it('SS-9: shows nobody what somebody else reads at the same time, and gives nobody their cookie', async () => {
    const people = await Promise.all(Array.from({ length: 3 }, () => signedInPage(app, 'reader')));
    const assignments = app.nest.get(AssignmentsService, { strict: false });
    for (const { accountId } of people) await assignments.assign({ accountId, role: 'writer' });
    const asked = Array.from({ length: 45 }, (_, index) => people[index % people.length]!);

    const answers = await Promise.all(
      asked.map(({ page }) => visit('/listed', page.cookieHeader())),
    );

    const shown = await Promise.all(answers.map((answer) => answer.json()));
    expect(shown).toEqual(asked.map(({ accountId }) => ({ by: accountId })));
    const owners = new Map<string, string>();
    for (const [index, { headers }] of answers.entries()) {
      const renewed = headers.getSetCookie().filter((each) => each.startsWith(SESSION_COOKIE));
      for (const cookie of renewed) owners.set(cookie.split(';')[0]!, asked[index]!.email);
    }
    expect(owners.size).toBe(people.length);
    for (const [cookie, email] of owners) {
      expect(await (await visit('/home', cookie)).text()).toBe(`hello ${email}`);
    }
  });

  it('LG-6: tells the API who called, behind whatever the browser claims', async () => {
    const forwarded: (string | null)[] = [];
    const auth = createServerAuth({
      baseUrl: `${app.url}/auth`,
      clientAddress: addressOf,
      fetch: (input, init) => {
        forwarded.push(new Headers(init?.headers).get('x-forwarded-for'));
        return fetch(input, init);
      },
    });
    const site = express().use(expressAuth(auth));
    site.get('/', (request, response) => {
      void (request as unknown as WithAuth).auth.getSession().then(() => response.end());
    });
    const server = site.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;

    await fetch(`http://127.0.0.1:${port}/`, {
      headers: { cookie: `${SESSION_COOKIE}=x`, 'x-forwarded-for': '203.0.113.66' },
    });
    server.close();

    expect(forwarded).toEqual(['203.0.113.66, 127.0.0.1']);
  });
});

function rawAnswer(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk) => (said += chunk.toString()));
    socket.on('end', () => resolve(said));
    socket.on('error', reject);
  });
}
