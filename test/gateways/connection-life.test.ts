import { WsAdapter } from '@nestjs/platform-ws';
import { Database } from '../../src/database/database';
import { AuthError } from '../../src/errors/auth-error';
import { guardWebSockets } from '../../src/gateways/guard-web-sockets';
import { LiveConnections } from '../../src/sessions/live-connections';
import { PASSWORD, startAuthApp, type AuthApp } from '../support/auth-app';
import { FakeClock } from '../support/fake-clock';
import { BodyClient } from '../support/session-client';
import { openNative, type TestSocket } from './test-sockets';
import { gone, NativeOpen, NativeThings, seen } from './things-gateways';

const TTL_SECONDS = 300;
const TOLERANCE_SECONDS = 5;
const PAST_THE_TOKEN = TTL_SECONDS + TOLERANCE_SECONDS + 1;

describe('a socket that outlives its token', () => {
  let app: AuthApp;
  let connections: LiveConnections;
  let accounts = 0;
  const clock = new FakeClock();
  const sockets: TestSocket[] = [];

  beforeAll(async () => {
    app = await startAuthApp({
      clock,
      options: {
        accessTokens: { ttlSeconds: TTL_SECONDS, clockToleranceSeconds: TOLERANCE_SECONDS },
      },
      providers: [NativeThings, NativeOpen],
      prepare: (nest) => {
        nest.useWebSocketAdapter(guardWebSockets(nest, new WsAdapter(nest)));
      },
    });
    connections = app.nest.get(LiveConnections, { strict: false });
  });

  afterEach(() => {
    jest.restoreAllMocks();
    for (const socket of sockets.splice(0)) socket.close();
  });

  afterAll(() => app.close());

  async function connected(): Promise<{ client: BodyClient; socket: TestSocket }> {
    const email = `somebody-${(accounts += 1)}@example.org`;
    await app.createAccount(email, 'writer');
    const client = new BodyClient(app);
    await client.login(email);
    const socket = openNative(app.url, { place: '/things', token: client.accessToken });
    sockets.push(socket);
    expect((await socket.ask('write', 1)).data).toBe(1);
    return { client, socket };
  }

  async function passSeconds(seconds: number): Promise<void> {
    clock.advanceSeconds(seconds);
    await app.settle();
  }

  async function revokeUnheard({ sessionId }: BodyClient): Promise<void> {
    await app.sql(
      `UPDATE auth.sessions SET revoked_at = clock_timestamp(), revoked_reason = 'revoked'
       WHERE id = $1`,
      [sessionId],
    );
  }

  it('stays while the session lives, for one lookup in the life of a token', async () => {
    const { socket } = await connected();
    const lookups = () => query.mock.calls.filter(([sql]) => sql.includes('AS state')).length;
    const query = jest.spyOn(Database.prototype, 'query');

    await connections.sweep();
    expect(lookups()).toBe(0);
    await passSeconds(PAST_THE_TOKEN);
    await connections.sweep();
    await connections.sweep();
    expect((await socket.ask('write', 2)).data).toBe(2);
    expect(lookups()).toBe(1);

    await passSeconds(PAST_THE_TOKEN);
    await connections.sweep();
    expect((await socket.ask('write', 3)).data).toBe(3);
    expect(lookups()).toBe(2);
  });

  it('AZ-12: handles nothing of a client that does not let go, and cuts it off within the bound', async () => {
    const { client, socket } = await connected();
    const { socket: other } = await connected();
    socket.deafen?.();
    await client.logout();
    seen.splice(0);
    gone.splice(0);

    for (let count = 0; count < 20; count += 1) socket.send('write');

    while (gone.length === 0) await other.ask('probe');
    expect(new Set(seen)).toEqual(new Set(['probe']));
  });

  it('asks before it answers, where the sweep has not come by', async () => {
    const { client, socket } = await connected();
    jest.spyOn(connections, 'sweep').mockResolvedValue();
    await passSeconds(PAST_THE_TOKEN);
    expect((await socket.ask('write', 4)).data).toBe(4);

    await revokeUnheard(client);
    await passSeconds(PAST_THE_TOKEN);

    seen.splice(0);
    socket.send('write');
    expect((await socket.closed)[0]).toBe('session_revoked');
    expect(seen).toEqual([]);
  });

  it('is closed by the lookup when the session has ended unheard', async () => {
    const { client, socket } = await connected();
    await revokeUnheard(client);
    await passSeconds(PAST_THE_TOKEN);

    await connections.sweep();

    expect((await socket.closed)[0]).toBe('session_revoked');
  });

  it('is closed by the lookup when the session has chosen other roles unheard', async () => {
    const { client, socket } = await connected();
    await app.sql(`UPDATE auth.sessions SET session_version = 2 WHERE id = $1`, [client.sessionId]);
    await passSeconds(PAST_THE_TOKEN);

    await connections.sweep();

    expect((await socket.closed)[0]).toBe('invalid_token');
  });

  it('RC-7: ends with the token that opened it where the person set a new password meanwhile', async () => {
    const { client, socket } = await connected();
    const body = { currentPassword: PASSWORD, newPassword: 'another long enough pass phrase 7' };
    const changed = await app
      .post('/auth/password/change', body)
      .set('Authorization', `Bearer ${client.accessToken}`);
    expect(changed.status).toBe(204);
    await app.settle();
    expect((await socket.ask('write', 1)).data).toBe(1);

    await passSeconds(PAST_THE_TOKEN);
    await connections.sweep();
    expect((await socket.closed)[0]).toBe('invalid_token');

    await client.refresh();
    const own = openNative(app.url, { place: '/things', token: client.accessToken });
    sockets.push(own);
    expect((await own.ask('write', 2)).data).toBe(2);
    await passSeconds(PAST_THE_TOKEN);
    await connections.sweep();
    expect((await own.ask('write', 3)).data).toBe(3);
  });

  it('is closed when its session chooses other roles, so that it comes back with a new token', async () => {
    const { client, socket } = await connected();

    await app.sql(
      `INSERT INTO auth.changes (kind, session_id, epoch) VALUES ('session_version', $1, 2)`,
      [client.sessionId],
    );
    await app.settle();

    expect((await socket.closed)[0]).toBe('invalid_token');
  });

  it('AZ-14: answers nothing while changes may be missing', async () => {
    const { socket } = await connected();

    clock.advanceSeconds(60);

    expect((await socket.ask('write')).code).toBe('authority_stale');
    expect((await socket.ask('probe')).data).toBe('alive');
    const late = openNative(app.url, { place: '/open', token: 'x'.repeat(20) });
    expect((await late.closed)[0]).toBe('invalid_token');
    await app.settle();
    expect((await socket.ask('write', 6)).data).toBe(6);
  });

  it('AZ-14: is closed when the database stays away for longer than memory may be trusted', async () => {
    const { socket } = await connected();
    await passSeconds(PAST_THE_TOKEN);
    const original = Database.prototype.query;
    jest.spyOn(Database.prototype, 'query').mockImplementation(function (
      this: Database,
      sql,
      values,
    ) {
      if (sql.includes('AS state')) throw new AuthError('database_unavailable');
      return original.call(this, sql, values);
    });

    await connections.sweep();
    expect((await socket.ask('write')).code).toBe('database_unavailable');
    clock.advanceSeconds(11);
    await connections.sweep();

    expect(await socket.closed).toEqual(['database_unavailable', 1013]);
  });
});
