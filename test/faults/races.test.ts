import { setTimeout as sleep } from 'node:timers/promises';
import { acceptedTooLate, brokenAfter } from '../support/aftermath';
import { makePeople, REVOCATION_BOUND_MILLISECONDS, type Person } from '../support/crowd';
import { DoublingProxy } from '../support/doubling-proxy';
import { OwnPostgres } from '../support/own-postgres';
import { record, type RecordedAnswer } from '../support/recorded-answer';
import { Seeded } from '../support/seeded';
import { ADMIN, startServerProcess, type ServerProcess } from '../support/server-process';
import { execute } from '../support/test-server';

const INSTANCES = 3;
const ROUNDS = 25;
/** Acts of a race begin within this time of each other. */
const OFFSET_MILLISECONDS = 20;

describe('acts that race', () => {
  const random = new Seeded('races');
  let postgres: OwnPostgres;
  let databaseUrl: string;
  let servers: ServerProcess[];
  let urls: string[];
  let administrator: string;
  let proxy: DoublingProxy;

  beforeAll(async () => {
    postgres = await OwnPostgres.start();
    databaseUrl = await postgres.createDatabase();
    servers = [];
    for (let index = 0; index < INSTANCES; index += 1) {
      servers.push(await startServerProcess(databaseUrl));
    }
    urls = servers.map(({ url }) => url);
    proxy = new DoublingProxy([urls[0]!, urls[1]!]);
    const body = { ...ADMIN, transport: 'body' };
    const login = await record({ url: urls[0]!, method: 'POST', path: '/auth/login', body });
    administrator = login.body['access_token'] as string;
  }, 90_000);

  afterAll(async () => {
    proxy.close();
    await Promise.all(servers.map((server) => server.stop()));
    await postgres.destroy();
  }, 60_000);

  async function signedIn(count: number): Promise<Person[]> {
    const people = await makePeople(databaseUrl, count);
    await Promise.all(people.map((person, index) => person.signIn(urls[index % urls.length]!)));
    return people;
  }

  async function after<Result>(act: () => Promise<Result>): Promise<Result> {
    await sleep(OFFSET_MILLISECONDS * random.next());
    return act();
  }

  function post(path: string, token: string, body: object, instance = random.below(INSTANCES)) {
    return record({ url: urls[instance]!, method: 'POST', path, body, token });
  }

  async function counted(sql: string): Promise<number> {
    const [row] = await execute(databaseUrl, `SELECT count(*)::int AS found FROM ${sql}`);
    return Number(row!['found']);
  }

  it.each([1, INSTANCES])(
    'F-17: 100 refreshes of one token at once, %i instance(s): one successor and no alarm',
    async (instances) => {
      const people = await signedIn(8);
      for (const person of people) {
        const token = person.tokens.refresh_token;
        const answers = await Promise.all(
          Array.from({ length: 100 }, (_, index) =>
            person.refresh(urls[index % instances]!, index % instances, token),
          ),
        );
        const successors = new Set(answers.map(({ body }) => body['refresh_token']));
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
        expect(successors.size).toBe(1);
        expect(successors).not.toContain(token);
        expect(person.tokens.session.generation).toBe(1);
        // Most of them met: each that did not win left an event of grace.
        const session = person.tokens.session.id;
        const graces = `auth.audit_events WHERE action = 'authn_token_grace' AND session_id = '${session}'`;
        expect(await counted(graces)).toBe(99);
      }
      expect(await counted(`auth.audit_events WHERE action = 'authn_token_reuse'`)).toBe(0);
      expect(await brokenAfter({ databaseUrl, servers, people })).toEqual([]);
    },
    60_000,
  );

  it.each([
    ['logout', endByLogout, ['session_revoked']],
    ['a change of password', endByPassword, ['session_revoked']],
    ['a disabled account', endByDisabling, ['account_disabled', 'session_revoked']],
  ] as const)(
    'F-18: a refresh that races %s is never left with a live token',
    async (_, end, codes) => {
      const people = await signedIn(ROUNDS);
      for (const person of people) {
        const [ended, refreshed] = await Promise.all([
          after(() => end(person)),
          after(() => person.refresh(urls[random.below(INSTANCES)]!)),
        ]);
        expect(ended.status).toBe(204);
        expect([200, 401]).toContain(refreshed.status);
        const late = await person.refresh(urls[random.below(INSTANCES)]!);
        expect(late.status).toBe(401);
        expect(codes).toContain(late.body['code']);
      }
      const revokedAt = performance.now();
      await sleep(REVOCATION_BOUND_MILLISECONDS);
      expect(acceptedTooLate(await uses(people), revokedAt)).toEqual([]);
      const ids = people.map(({ held }) => held[0]!.session.id).join(',');
      expect(
        await counted(`auth.sessions WHERE revoked_at IS NULL AND id = ANY ('{${ids}}')`),
      ).toBe(0);
      expect(await brokenAfter({ databaseUrl, servers, people })).toEqual([]);
    },
    60_000,
  );

  it('F-18: a role that is taken while its holder refreshes is gone from every answer that begins later', async () => {
    const [role] = await execute(
      databaseUrl,
      `SELECT id FROM auth.roles WHERE name = 'clerk' AND tenant_id IS NULL`,
    );
    const people = await signedIn(ROUNDS);
    for (const person of people) {
      const grant = { accountId: person.accountId, roleId: role!['id'] };
      const granted = await post('/admin/assignments', administrator, grant, 0);
      expect(granted.status).toBe(201);
      const path = `/admin/assignments/${String(granted.body['id'])}`;
      const [taken] = await Promise.all([
        after(() => record({ url: urls[0]!, method: 'DELETE', path, token: administrator })),
        after(() => person.refresh(urls[random.below(INSTANCES)]!)),
      ]);
      expect(taken.status).toBe(204);
      const later = await person.refresh(urls[0]!);
      expect([later.status, later.body['roles'], later.body['permissions']]).toEqual([200, [], []]);
    }
    expect(await brokenAfter({ databaseUrl, servers, people })).toEqual([]);
  }, 60_000);

  it('F-35: login, refresh, logout and a grant that arrive twice at once happen once each', async () => {
    const url = await proxy.listen();
    const people = await makePeople(databaseUrl, 10);
    // Old enough to be told of a sign-in from a new device.
    await execute(
      databaseUrl,
      `UPDATE auth.accounts SET created_at = created_at - interval '31 days'`,
    );
    const [role] = await execute(
      databaseUrl,
      `SELECT id FROM auth.roles WHERE name = 'clerk' AND tenant_id IS NULL`,
    );
    for (const person of people) {
      await person.signIn(url);
      await person.refresh(url);
      const grant = { accountId: person.accountId, roleId: role!['id'] };
      const path = '/admin/assignments';
      await record({ url, method: 'POST', path, body: grant, token: administrator });
      const mine = `account_id = '${person.accountId}'`;
      const given = `action = 'privilege_permissions_changed' AND outcome = 'success'`;
      expect(await counted(`auth.assignments WHERE ${mine}`)).toBe(1);
      expect(await counted(`auth.audit_events WHERE ${mine} AND ${given}`)).toBe(1);
      // Two logins are two sessions; the one that nobody was given is no leaf of the other.
      expect(await counted(`auth.sessions WHERE ${mine}`)).toBe(2);
      const body = { refresh_token: person.tokens.refresh_token };
      await record({ url, method: 'POST', path: '/auth/logout', body });
      const session = `session_id = '${person.tokens.session.id}'`;
      expect(
        await counted(`auth.audit_events WHERE ${session} AND action = 'session_logout'`),
      ).toBe(1);
      expect(
        await counted(`auth.audit_events WHERE ${session} AND action = 'session_renewed'`),
      ).toBe(1);
      expect(await counted(`auth.deliveries WHERE ${mine}`)).toBe(1);
    }
    const statuses = (what: string) =>
      proxy.doubled.filter((doubled) => doubled.what === what).map((doubled) => doubled.statuses);
    expect(proxy.doubled).toHaveLength(4 * people.length);
    expect(new Set(statuses('POST /auth/login').flat())).toEqual(new Set([200]));
    expect(new Set(statuses('POST /auth/refresh').flat())).toEqual(new Set([200]));
    expect(new Set(statuses('POST /auth/logout').flat())).toEqual(new Set([204]));
    for (const pair of statuses('POST /admin/assignments')) {
      expect([...pair].sort()).toEqual([201, 409]);
    }
    for (const { what, bodies } of proxy.doubled) {
      if (what !== 'POST /auth/refresh') continue;
      expect(new Set(bodies.map((answer) => answer['refresh_token'])).size).toBe(1);
    }
    expect(await brokenAfter({ databaseUrl, servers, people })).toEqual([]);
  }, 60_000);

  /** Every access token that these people were ever given, shown to every instance. */
  function uses(people: readonly Person[]): Promise<RecordedAnswer[]> {
    const tokens = people.flatMap(({ held }) => held.map((tokens) => tokens.access_token));
    return Promise.all(
      tokens.flatMap((token) =>
        urls.map((url, instance) => record({ url, instance, path: '/auth/sessions', token })),
      ),
    );
  }

  function endByLogout({ tokens }: Person): Promise<RecordedAnswer> {
    return post('/auth/logout', tokens.access_token, { refresh_token: tokens.refresh_token });
  }

  /** From another session of the same person: that one stays. */
  async function endByPassword(person: Person): Promise<RecordedAnswer> {
    const body = { email: person.email, password: ADMIN.password, transport: 'body' };
    const path = '/auth/login';
    const other = await record({ url: urls[0]!, method: 'POST', path, body });
    const change = { currentPassword: ADMIN.password, newPassword: `${ADMIN.password} anew` };
    return post('/auth/password/change', other.body['access_token'] as string, change);
  }

  function endByDisabling({ accountId }: Person): Promise<RecordedAnswer> {
    return post(`/admin/users/${accountId}/disable`, administrator, {}, 0);
  }
});
