import { AccountStatusService } from '../../src/authentication/account-status.service';
import { AccountUnlock } from '../../src/authentication/account-unlock.service';
import { newId } from '../../src/database/identifiers';
import { PASSWORD, startAuthApp, type AuthApp } from '../support/auth-app';
import { NO_IDS } from '../support/lists';
import { BodyClient } from '../support/session-client';

let app: AuthApp;
let statuses: AccountStatusService;

beforeAll(async () => {
  app = await startAuthApp();
  statuses = app.nest.get(AccountStatusService, { strict: false });
});

afterAll(() => app.close());

function eventsOf(accountId: string, action: string): Promise<Record<string, unknown>[]> {
  return app.sql(
    `SELECT actor_id, ip, outcome FROM auth.audit_events
     WHERE account_id = $1 AND action = $2 ORDER BY id`,
    [accountId, action],
  );
}

async function active(ids: readonly string[]): Promise<string[]> {
  const rows = await app.sql<{ id: string }>(
    `SELECT id FROM auth.accounts WHERE id = ANY($1) AND status = 'active'`,
    [ids],
  );
  return rows.map(({ id }) => id);
}

let made = 0;

async function administrators(count: number): Promise<string[]> {
  await app.sql('DELETE FROM auth.assignments');
  const ids: string[] = [];
  for (let one = 0; one < count; one += 1) {
    made += 1;
    ids.push(await app.createAccount(`admin${made}@example.test`, 'administrator'));
  }
  return ids;
}

describe('disabling an account', () => {
  it('AD-7: of two administrators who disable each other at once, one remains', async () => {
    for (let round = 0; round < 3; round += 1) {
      const ids = await administrators(2);
      const [one, other] = ids as [string, string];
      const outcomes = await Promise.allSettled([
        statuses.disable(one, { actorId: other }),
        statuses.disable(other, { actorId: one }),
      ]);
      const refused = outcomes.filter(({ status }) => status === 'rejected');
      expect(refused).toMatchObject([{ reason: { code: 'last_administrator' } }]);
      expect(await active(ids)).toHaveLength(1);
    }
  });

  it('AD-7: more at once than the pool has connections end, and one administrator remains', async () => {
    const ids = await administrators(14);
    const outcomes = await Promise.allSettled(ids.map((id) => statuses.disable(id)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(13);
    expect(await active(ids)).toHaveLength(1);
  });

  it('AD-7: the refusal leaves the last administrator signed in, and no record', async () => {
    const [id] = (await administrators(1)) as [string];
    const client = new BodyClient(app);
    await client.login(`admin${made}@example.test`);
    await expect(statuses.disable(id)).rejects.toMatchObject({ code: 'last_administrator' });
    expect((await client.get('/things/mine')).status).toBe(200);
    expect((await client.refresh()).status).toBe(200);
    expect(await eventsOf(id, 'user_disabled')).toEqual([]);
  });

  it('ends its sessions and says who did it and from where', async () => {
    const id = await app.createAccount('plain@example.test');
    const client = new BodyClient(app);
    await client.login('plain@example.test');
    const by = { actorId: newId(), origin: { ip: '192.0.2.3' } };
    await statuses.disable(id, by);
    expect((await client.get('/things/mine')).status).toBe(401);
    expect((await client.refresh()).status).toBe(401);
    await expect(statuses.disable(id, by)).rejects.toMatchObject({ code: 'conflict' });
    await statuses.enable(id, by);
    await expect(statuses.enable(id, by)).rejects.toMatchObject({ code: 'conflict' });
    const event = { actor_id: by.actorId, ip: '192.0.2.3', outcome: 'success' };
    expect(await eventsOf(id, 'user_disabled')).toEqual([event]);
    expect(await eventsOf(id, 'user_enabled')).toEqual([event]);
  });

  it('AD-5: what is no id is not found, and disables nobody', async () => {
    const count = `SELECT count(*)::int AS count FROM auth.accounts WHERE status = 'active'`;
    const before = await app.sql(count);
    for (const bad of [...NO_IDS, undefined, newId()] as string[]) {
      await expect(statuses.disable(bad)).rejects.toMatchObject({ code: 'not_found' });
      await expect(statuses.enable(bad)).rejects.toMatchObject({ code: 'not_found' });
    }
    expect(await app.sql(count)).toEqual(before);
  });
});

describe('unlocking an account', () => {
  it('reopens what wrong guesses closed, and says who did it', async () => {
    const email = 'Locked@example.test';
    const id = await app.createAccount(email);
    const login = async () => (await new BodyClient(app).login(email)).status;
    await new BodyClient(app).login(email, `${PASSWORD}?`);
    await app.sql(`UPDATE auth.guesses SET failures = 100 WHERE lane = 'unknown_device'`);
    expect(await login()).toBe(429);

    const unlock = app.nest.get(AccountUnlock, { strict: false });
    const by = { actorId: newId(), origin: { ip: '192.0.2.3' } };
    const elsewhere = unlock.unlock(id, by, { tenantId: newId() });
    await expect(elsewhere).rejects.toMatchObject({ code: 'not_found' });
    await expect(unlock.unlock('', by)).rejects.toMatchObject({ code: 'not_found' });
    expect(await login()).toBe(429);
    expect(await eventsOf(id, 'authn_login_unlock')).toEqual([]);

    await unlock.unlock(id, by);
    expect(await login()).toBe(200);
    const event = { actor_id: by.actorId, ip: '192.0.2.3', outcome: 'success' };
    expect(await eventsOf(id, 'authn_login_unlock')).toEqual([event]);
  });
});
