import type { Response } from 'supertest';
import { AssignmentsService } from '../../src/access/assignments.service';
import { defineAccess } from '../../src/route-access/define-access';
import { TenantsService } from '../../src/tenants/tenants.service';
import { startAuthApp, type AuthApp } from '../support/auth-app';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { FakeClock } from '../support/fake-clock';
import { BodyClient } from '../support/session-client';

const access = defineAccess({
  permissions: { things: ['read', 'write'] },
  roles: {
    reader: { grants: ['things:read'] },
    writer: { grants: ['things:write'] },
    teller: { grants: ['things:read'] },
    auditor: { grants: ['things:write'] },
  },
  separateInSession: [['teller', 'auditor']],
});

let accounts = 0;

/** A client that keeps the access token of each answer. */
class ChoosingClient extends BodyClient {
  constructor(
    private readonly at: AuthApp,
    readonly accountId: string,
  ) {
    super(at);
  }

  async choose(what: 'roles' | 'tenant', body: object): Promise<Response> {
    const response = await this.at
      .post(`/auth/session/${what}`, body)
      .set('Authorization', `Bearer ${this.accessToken}`);
    const { access_token: token } = response.body as { access_token?: string };
    if (token !== undefined) this.accessToken = token;
    return response;
  }

  /** The statuses of reading and writing. */
  async may(at: AuthApp = this.at, token = this.accessToken): Promise<number[]> {
    const bearer = { Authorization: `Bearer ${token}` };
    const read = await at.get('/things').set(bearer);
    const written = await at.post('/things').set(bearer);
    return [read.status, written.status];
  }
}

async function signedIn(app: AuthApp, ...roles: string[]): Promise<ChoosingClient> {
  const email = `chooser-${(accounts += 1)}@example.test`;
  const client = new ChoosingClient(app, await app.createAccount(email, ...roles));
  await client.login(email);
  return client;
}

describe('what a session chooses', () => {
  let database: TestDatabase;
  let app: AuthApp;
  let other: AuthApp;

  beforeAll(async () => {
    database = await cloneDatabase();
    app = await startAuthApp({ database, structure: { access } });
    other = await startAuthApp({ database, structure: { access } });
  });

  afterAll(async () => {
    await other.close();
    await app.close();
    await database.drop();
  });

  describe('roles', () => {
    it('has every role active that is held, until it chooses', async () => {
      const client = await signedIn(app, 'reader', 'writer');
      expect(await client.may()).toEqual([200, 201]);
    });

    it('may do only what its active roles allow, and again everything when it wants', async () => {
      const client = await signedIn(app, 'reader', 'writer');

      const chosen = await client.choose('roles', { active: ['reader'] });
      expect(chosen.body).toMatchObject({
        roles: ['reader'],
        heldRoles: expect.arrayContaining(['reader', 'writer']),
        permissions: ['things:read'],
      });
      expect(chosen.body).not.toHaveProperty('refresh_token');
      expect(await client.may()).toEqual([200, 403]);

      await client.choose('roles', { active: [] });
      expect(await client.may()).toEqual([403, 403]);
      await client.choose('roles', { active: null });
      expect(await client.may()).toEqual([200, 201]);
    });

    it('keeps its choice through a refresh, and a login begins without one', async () => {
      const client = await signedIn(app, 'reader', 'writer');
      await client.choose('roles', { active: ['writer'] });
      await client.refresh();
      expect(await client.may()).toEqual([403, 201]);
      const current = await client.get('/auth/session');
      expect(current.body).toMatchObject({ roles: ['writer'] });
    });

    it('leaves no older token with more rights, here at once and elsewhere within the bound', async () => {
      const client = await signedIn(app, 'reader', 'writer');
      const before = client.accessToken;
      expect(await client.may(other)).toEqual([200, 201]);

      await client.choose('roles', { active: ['reader'] });

      expect(await client.may(app, before)).toEqual([401, 401]);
      await other.settle();
      expect(await client.may(other, before)).toEqual([401, 401]);
      expect(await client.may(other)).toEqual([200, 403]);
    });

    it('never widens by a token of a version that was given up', async () => {
      const client = await signedIn(app, 'reader', 'writer');
      await client.choose('roles', { active: ['reader'] });
      const narrow = client.accessToken;
      await client.choose('roles', { active: null });
      expect(await client.may(app, narrow)).toEqual([401, 401]);
      await other.settle();
      expect(await client.may(other, narrow)).toEqual([401, 401]);
    });

    it('costs no statement once it is known', async () => {
      const client = await signedIn(app, 'reader');
      await client.choose('roles', { active: ['reader'] });
      await client.may();
      const query = jest.spyOn(app.dataSource, 'query');
      expect(await client.may()).toEqual([200, 403]);
      expect(query).not.toHaveBeenCalled();
      query.mockRestore();
    });

    it.each([
      [{ active: ['administrator'] }, 400, 'validation_failed'],
      [{ active: ['reader', 'writer'] }, 400, 'validation_failed'],
      [{ active: 'reader' }, 400, 'validation_failed'],
      [{ active: [['reader']] }, 400, 'validation_failed'],
      [{}, 400, 'validation_failed'],
      [{ active: ['reader'], accountId: 'x' }, 400, 'validation_failed'],
    ])('AZ-5: refuses %j from who holds reader alone', async (body, status, code) => {
      const client = await signedIn(app, 'reader');
      const response = await client.choose('roles', body);
      expect([response.status, response.body.code]).toEqual([status, code]);
      expect(await client.may()).toEqual([200, 403]);
    });

    it('AZ-9: has neither of two roles that one session keeps apart, until it says which', async () => {
      const client = await signedIn(app, 'teller', 'auditor');
      expect(await client.may()).toEqual([403, 403]);

      const both = await client.choose('roles', { active: ['teller', 'auditor'] });
      expect([both.status, both.body.code]).toEqual([409, 'separation_of_duty']);
      await client.choose('roles', { active: ['teller'] });
      expect(await client.may()).toEqual([200, 403]);
      await client.choose('roles', { active: ['auditor'] });
      expect(await client.may()).toEqual([403, 201]);
    });

    it('loses an active role with its assignment', async () => {
      const client = await signedIn(app, 'reader', 'writer');
      await client.choose('roles', { active: ['reader'] });
      const assignments = app.nest.get(AssignmentsService, { strict: false });
      await assignments.unassign({ accountId: client.accountId, role: 'reader' });
      expect(await client.may()).toEqual([403, 403]);
    });
  });

  describe('with a stolen access token', () => {
    const TTL_SECONDS = 300;
    const TOLERANCE_SECONDS = 5;
    const clock = new FakeClock(Date.now());
    let timed: AuthApp;

    beforeAll(async () => {
      const accessTokens = { ttlSeconds: TTL_SECONDS, clockToleranceSeconds: TOLERANCE_SECONDS };
      timed = await startAuthApp({
        database,
        structure: { access },
        clock,
        options: { accessTokens },
      });
    });

    afterAll(() => timed.close());

    const pass = async (seconds: number) => {
      clock.advanceSeconds(seconds);
      await timed.settle();
    };

    it.each([
      ['roles', { active: null }],
      ['tenant', { tenantId: null }],
    ] as const)('JW-5: prolongs nothing by a choice of %s', async (what, body) => {
      const thief = await signedIn(timed, 'reader');
      for (const left of [200, 100]) {
        await pass(100);
        const chosen = await thief.choose(what, body);
        expect([chosen.status, chosen.body.expires_in]).toEqual([200, left]);
      }
      await pass(99);
      expect((await thief.choose(what, body)).body.expires_in).toBe(1);
      // Within the tolerance the token is still good, and yet buys no other.
      await pass(TOLERANCE_SECONDS);
      expect((await thief.get('/things')).status).toBe(200);
      expect((await thief.choose(what, body)).body).toMatchObject({ code: 'invalid_token' });
      await pass(2);
      expect((await thief.get('/things')).status).toBe(401);
      expect((await thief.refresh()).body.expires_in).toBe(TTL_SECONDS);
    });

    it('RC-12: gets nothing of what its owner proved meanwhile', async () => {
      const thief = await signedIn(timed, 'reader');
      await timed.sql(
        `UPDATE auth.sessions SET auth_time = clock_timestamp() + interval '1 minute',
           amr = '{pwd,otp}' WHERE id = $1`,
        [thief.sessionId],
      );
      const before = await thief.get('/things/mine');
      await thief.choose('roles', { active: null });
      const { authTime, amr } = (await thief.get('/things/mine')).body as Record<string, unknown>;
      expect({ authTime, amr }).toEqual({ authTime: before.body.authTime, amr: ['pwd'] });
    });
  });

  describe('tenant', () => {
    let here: string;
    let there: string;

    beforeAll(async () => {
      const tenants = app.nest.get(TenantsService, { strict: false });
      here = (await tenants.create({ key: 'here', name: 'Here' })).id;
      there = (await tenants.create({ key: 'there', name: 'There' })).id;
    });

    const assigned = async (tenantId: string) => {
      const client = await signedIn(app);
      const assignments = app.nest.get(AssignmentsService, { strict: false });
      await assignments.assign({ accountId: client.accountId, role: 'reader', tenantId });
      return client;
    };

    it('counts what is held there, and nowhere else', async () => {
      const client = await assigned(here);
      expect(await client.may()).toEqual([403, 403]);

      const chosen = await client.choose('tenant', { tenantId: 'here' });
      expect(chosen.body).toMatchObject({ session: { tenantId: here }, roles: ['reader'] });
      expect(await client.may()).toEqual([200, 403]);
      expect((await client.get('/things/mine')).body).toMatchObject({ tenantId: here });

      await client.choose('tenant', { tenantId: null });
      expect(await client.may()).toEqual([403, 403]);
    });

    it('AD-1: is as unknown as any other where the account has no part', async () => {
      const client = await assigned(here);
      for (const tenantId of [there, 'there', 'nowhere', '', '../here']) {
        const response = await client.choose('tenant', { tenantId });
        expect([response.status, response.body.code]).toEqual([404, 'not_found']);
      }
      expect((await client.get('/things/mine')).body).not.toHaveProperty('tenantId');
    });

    it('gives the older token up, and with a disabled tenant everything in it', async () => {
      const client = await assigned(there);
      const before = client.accessToken;
      await client.choose('tenant', { tenantId: there });
      expect(await client.may(app, before)).toEqual([401, 401]);

      const tenants = app.nest.get(TenantsService, { strict: false });
      await tenants.update(there, { status: 'disabled' });
      expect(await client.may()).toEqual([404, 404]);
      await tenants.update(there, { status: 'active' });
      expect(await client.may()).toEqual([200, 403]);
    });

    it('AD-1: ends with the last role there, also for routes that only ask who is signed in', async () => {
      const client = await assigned(here);
      await client.choose('tenant', { tenantId: here });
      expect((await client.get('/things/mine')).status).toBe(200);

      const assignments = app.nest.get(AssignmentsService, { strict: false });
      const { accountId } = client;
      await assignments.unassign({ accountId, role: 'reader', tenantId: here });

      expect((await client.get('/things/mine')).status).toBe(404);
      await client.refresh();
      expect((await client.get('/things/mine')).status).toBe(404);
    });

    it('can be left when it is gone', async () => {
      const client = await assigned(there);
      await client.choose('tenant', { tenantId: there });
      const tenants = app.nest.get(TenantsService, { strict: false });
      await tenants.update(there, { status: 'disabled' });

      expect((await client.get('/auth/session')).body).toMatchObject({ roles: [] });
      expect((await client.choose('tenant', { tenantId: null })).status).toBe(200);
      expect((await client.get('/things/mine')).status).toBe(200);
      await tenants.update(there, { status: 'active' });
    });
  });
});
