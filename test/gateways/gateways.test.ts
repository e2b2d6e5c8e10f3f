import type { INestApplication, WebSocketAdapter } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { AccountStatusService } from '../../src/authentication/account-status.service';
import { Database } from '../../src/database/database';
import { guardWebSockets } from '../../src/gateways/guard-web-sockets';
import { SessionsService } from '../../src/sessions/sessions.service';
import { LiveConnections } from '../../src/sessions/live-connections';
import { AccessTokens } from '../../src/tokens/access-tokens';
import { ORIGIN, PASSWORD, startAuthApp, type AuthApp } from '../support/auth-app';
import { BodyClient, PageClient } from '../support/session-client';
import { openNative, openSocketIo, type OpeningSocket, type TestSocket } from './test-sockets';
import { NativeOpen, NativeThings, seen, SocketIoOpen, SocketIoThings } from './things-gateways';

const NEXT = 'another long enough pass phrase 7';

interface Library {
  readonly name: string;
  readonly gateways: readonly (new () => object)[];
  readonly adapter: (nest: INestApplication) => WebSocketAdapter;
  readonly open: (url: string, opening: OpeningSocket) => TestSocket;
}

const LIBRARIES: readonly Library[] = [
  {
    name: 'ws',
    gateways: [NativeThings, NativeOpen],
    adapter: (nest) => new WsAdapter(nest),
    open: openNative,
  },
  {
    name: 'socket.io',
    gateways: [SocketIoThings, SocketIoOpen],
    adapter: (nest) => new IoAdapter(nest),
    open: openSocketIo,
  },
];

describe.each(LIBRARIES)('a guarded gateway of $name', ({ name, gateways, adapter, open }) => {
  let app: AuthApp;
  let accounts = 0;
  const sockets: TestSocket[] = [];

  beforeAll(async () => {
    app = await startAuthApp({
      providers: [...gateways],
      prepare: (nest) => void nest.useWebSocketAdapter(guardWebSockets(nest, adapter(nest))),
    });
  });

  beforeEach(() => void seen.splice(0));

  afterEach(() => {
    jest.restoreAllMocks();
    for (const socket of sockets.splice(0)) socket.close();
  });

  afterAll(() => app.close());

  function connect(opening: Partial<OpeningSocket>): TestSocket {
    const socket = open(app.url, { place: '/things', ...opening });
    sockets.push(socket);
    return socket;
  }

  async function login(...roles: string[]): Promise<BodyClient & { readonly email: string }> {
    const email = `somebody-${(accounts += 1)}@example.org`;
    await app.createAccount(email, ...roles);
    const client = new BodyClient(app);
    await client.login(email);
    return Object.assign(client, { email });
  }

  async function again(email: string): Promise<BodyClient> {
    const client = new BodyClient(app);
    await client.login(email);
    return client;
  }

  it('AZ-12: answers what class and method require, and refuses the rest by its stable code', async () => {
    const of = async (...roles: string[]) => {
      const socket = connect({ token: (await login(...roles)).accessToken });
      const asked: unknown[] = [];
      for (const event of ['read', 'write', 'mine', 'probe']) {
        asked.push((await socket.ask(event, 'sent')).code ?? 'answered');
      }
      return asked;
    };

    expect(await of()).toEqual(['forbidden', 'forbidden', 'answered', 'answered']);
    expect(await of('reader')).toEqual(['answered', 'forbidden', 'answered', 'answered']);
    expect(await of('writer')).toEqual(['answered', 'answered', 'answered', 'answered']);
  });

  it('AZ-14: tells the client of a refusal neither cause nor stack', async () => {
    const socket = connect({ token: (await login()).accessToken });

    await socket.ask('write', 'secret');

    expect(socket.received).toEqual([
      {
        event: 'exception',
        data: {
          status: 'error',
          code: 'forbidden',
          title: 'Access is denied',
          message: 'Access is denied',
        },
      },
    ]);
  });

  it('decides without a query once the authority is known', async () => {
    const socket = connect({ token: (await login('writer')).accessToken });
    await socket.ask('write');
    await app.settle();
    await socket.ask('write');
    const query = jest.spyOn(Database.prototype, 'query');

    expect((await socket.ask('write', 7)).data).toBe(7);

    expect(query).not.toHaveBeenCalled();
  });

  it('takes a role away with the next message', async () => {
    const client = await login('reader');
    const socket = connect({ token: client.accessToken });
    expect((await socket.ask('read')).code).toBeUndefined();

    await app.sql(
      `DELETE FROM auth.assignments WHERE account_id = (SELECT id FROM auth.accounts WHERE email = $1)`,
      [client.email],
    );
    await app.sql(`INSERT INTO auth.changes (kind) VALUES ('authority')`);
    await app.settle();

    expect((await socket.ask('read')).code).toBe('forbidden');
  });

  it('AZ-12: refuses strangers before the gateway learns of them, however soon they speak', async () => {
    const socket = connect({ flood: ['read', 'write', 'mine', 'probe'] });

    expect((await socket.closed)[0]).toBe('unauthenticated');
    expect(seen).toEqual([]);
    expect(socket.received).toEqual([]);
  });

  it.each([
    ['garbage', () => 'garbage'],
    ['a token with another signature', (token: string) => `${token.slice(0, -6)}AAAAAA`],
    ['no token behind the scheme', () => ''],
    ['two tokens in one', (token: string) => `${token} ${token}`],
  ])('AZ-12: refuses %s before the gateway learns of it', async (_, spoil) => {
    const token = spoil((await login('writer')).accessToken);
    const headers = { Authorization: `Bearer ${token}` };
    const socket = connect({ headers, flood: ['write'] });

    expect((await socket.closed)[0]).toBe('invalid_token');
    expect(seen).toEqual([]);
  });

  it('takes the token from the header, or from where a page can put it, but not from both', async () => {
    const { accessToken } = await login('reader');
    const headers = { Authorization: `Bearer ${accessToken}` };

    const inHeader = connect({ headers });
    const ofPage = connect({ token: accessToken });
    expect((await inHeader.ask('read')).code).toBeUndefined();
    expect((await ofPage.ask('read')).code).toBeUndefined();
    // The answer to the handshake names a protocol, which must not be the token.
    if (name === 'ws') expect(ofPage.protocol?.()).toBe('bearer');

    const inBoth = connect({ headers, token: accessToken });
    expect((await inBoth.closed)[0]).toBe('ambiguous_credentials');
  });

  it('JW-15: ignores a token in the URL', async () => {
    const { accessToken } = await login('writer');
    const query = `?access_token=${accessToken}&token=${accessToken}&authorization=Bearer%20${accessToken}`;

    expect((await connect({ query }).closed)[0]).toBe('unauthenticated');
    expect(seen).toEqual([]);
  });

  it('CK-6: refuses a foreign origin, and admits ours', async () => {
    const { accessToken } = await login('reader');
    const from = (Origin: string) => connect({ token: accessToken, headers: { Origin } });

    for (const origin of ['https://evil.example', 'null', `${ORIGIN}.evil.example`]) {
      expect((await from(origin).closed)[0]).toBe('origin_refused');
    }
    expect(seen).toEqual([]);
    expect((await from(ORIGIN).ask('read')).code).toBeUndefined();
  });

  it('CK-6: takes a session cookie from a page of ours only, until its session ends', async () => {
    const email = `somebody-${(accounts += 1)}@example.org`;
    await app.createAccount(email, 'reader');
    const page = new PageClient(app);
    await page.login(email);
    const opened = (headers: Record<string, string>, place = '/things', token?: string) =>
      connect({ place, token, headers: { Cookie: page.cookieHeader(), ...headers } });

    for (const place of ['/things', '/open']) {
      for (const Origin of ['https://evil.example', 'null', `${ORIGIN}.evil.example`]) {
        expect((await opened({ Origin }, place).closed)[0]).toBe('origin_refused');
      }
      expect((await opened({}, place).closed)[0]).toBe('origin_refused');
    }
    const { accessToken } = await login('reader');
    const both = opened({ Origin: ORIGIN }, '/things', accessToken);
    expect((await both.closed)[0]).toBe('ambiguous_credentials');
    expect(seen).toEqual([]);

    const socket = opened({ Origin: ORIGIN });
    expect((await socket.ask('read')).code).toBeUndefined();
    expect((await socket.ask('write')).code).toBe('forbidden');
    await page.copy().logout();
    expect((await socket.closed)[0]).toBe('session_revoked');
    expect((await opened({ Origin: ORIGIN }).closed)[0]).toBe('session_revoked');
  });

  it.each([
    ['a step-up', '/auth/step-up', { password: PASSWORD }],
    [
      'a password change',
      '/auth/password/change',
      { currentPassword: PASSWORD, newPassword: NEXT },
    ],
    ['a choice', '/auth/session/roles', { active: null }],
  ])('SS-1: ends after %s with the secret id that opened it', async (_what, path, body) => {
    const email = `somebody-${(accounts += 1)}@example.org`;
    await app.createAccount(email, 'reader');
    const page = new PageClient(app);
    await page.login(email);
    const thief = page.copy();
    const opened = (by: PageClient) =>
      connect({ headers: { Cookie: by.cookieHeader(), Origin: ORIGIN } });

    const socket = opened(thief);
    expect((await socket.ask('read')).code).toBeUndefined();
    expect((await page.post(path, body)).status).toBeLessThan(300);
    expect((await socket.closed)[0]).toBe('invalid_token');
    // The id before still answers single requests for half a minute; a socket would outlive that.
    expect((await thief.look('/things')).status).toBe(200);
    expect((await opened(thief).closed)[0]).toBe('unauthenticated');

    const own = opened(page);
    expect((await own.ask('read')).code).toBeUndefined();
    await app.settle();
    await app.nest.get(LiveConnections, { strict: false }).sweep();
    expect((await own.ask('read')).code).toBeUndefined();
  });

  it('admits strangers where everything is public, without a query, but nobody with a bad token', async () => {
    const query = jest.spyOn(Database.prototype, 'query');
    const stranger = connect({ place: '/open' });
    expect((await stranger.ask('hello')).data).toBe('hello');
    expect(query).not.toHaveBeenCalled();

    const liar = connect({ place: '/open', token: 'garbage' });
    expect((await liar.closed)[0]).toBe('invalid_token');
    expect(seen).toEqual(['open']);
  });

  it('ends with its session, at once and without a message', async () => {
    const client = await login('writer');
    const [one, other] = [client, await again(client.email)].map(({ accessToken }) =>
      connect({ token: accessToken }),
    ) as [TestSocket, TestSocket];
    await Promise.all([one.ask('write'), other.ask('write')]);

    await client.logout();

    expect((await one.closed)[0]).toBe('session_revoked');
    expect((await other.ask('write', 1)).data).toBe(1);
  });

  it('ends when another instance ended its session', async () => {
    const client = await login('writer');
    const socket = connect({ token: client.accessToken });
    await socket.ask('write');

    await app.sql(
      `UPDATE auth.sessions SET revoked_at = clock_timestamp(), revoked_reason = 'revoked' WHERE id = $1`,
      [client.sessionId],
    );
    await app.sql(`INSERT INTO auth.changes (kind, session_id) VALUES ('session_revoked', $1)`, [
      client.sessionId,
    ]);
    await app.settle();

    expect((await socket.closed)[0]).toBe('session_revoked');
  });

  it('ends when the account is disabled', async () => {
    const client = await login('writer');
    const socket = connect({ token: client.accessToken });
    const accountId = String((await socket.ask('read')).data);

    await app.nest.get(AccountStatusService, { strict: false }).disable(accountId);

    expect((await socket.closed)[0]).toBe('session_revoked');
  });

  it('spares the session that ended all others', async () => {
    const client = await login('writer');
    const other = await again(client.email);
    const [spared, ended] = [client, other].map(({ accessToken }) =>
      connect({ token: accessToken }),
    ) as [TestSocket, TestSocket];
    const accountId = String((await spared.ask('read')).data);
    await ended.ask('read');

    const epoch = { accountId, epoch: 2, exceptSessionId: client.sessionId };
    app.nest
      .get(SessionsService, { strict: false })
      .announceEpoch({ ...epoch, reason: 'password_change' });

    expect((await ended.closed)[0]).toBe('session_revoked');
    expect((await spared.ask('write', 2)).data).toBe(2);
  });

  it('reads nothing of a client, and sends it nothing, while its key is looked up', async () => {
    const tokens = app.nest.get(AccessTokens, { strict: false });
    const verify = tokens.verify.bind(tokens);
    let found = (): void => undefined;
    const lookup = new Promise<void>((resolve) => (found = resolve));
    jest.spyOn(tokens, 'verify').mockImplementation((token) => lookup.then(() => verify(token)));
    const { accessToken } = await login('writer');
    const good = connect({ token: accessToken, flood: ['write'] });
    const bad = connect({ token: `${accessToken.slice(0, -6)}AAAAAA`, flood: ['write'] });
    // Both handshakes are under way when a third client that needs no lookup has been answered.
    expect((await connect({ place: '/open' }).ask('hello')).data).toBe('hello');
    expect(seen).toEqual(['open']);

    found();

    expect((await bad.closed)[0]).toBe('invalid_token');
    await good.ask('write', 3);
    await good.ask('mine');
    expect(good.received).toContainEqual({ event: 'answer', data: {} });
    expect(seen.filter((event) => event === 'connected')).toHaveLength(1);
  });

  it('forgets sockets that closed', async () => {
    const connections = app.nest.get(LiveConnections, { strict: false });
    const socket = connect({ token: (await login('writer')).accessToken });
    await socket.ask('write');
    expect(connections.size).toBeGreaterThan(0);

    for (const open of sockets) open.close();
    const stranger = connect({ place: '/open' });
    while (connections.size > 0) await stranger.ask('hello');

    expect(connections.size).toBe(0);
  });
});
