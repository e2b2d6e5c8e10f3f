import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KeyRing } from '../../src/keys/key-ring';
import { KeysService } from '../../src/keys/keys.service';
import { SecretUses } from '../../src/keys/secret-uses.service';
import { EverySession } from '../../src/sessions/every-session';
import { KnownDevices } from '../../src/throttling/known-devices';
import { ageSession } from '../support/aged-sessions';
import { SECRETS } from '../support/auth-options';
import { startAuthApp, type AuthApp, type AuthAppSettings } from '../support/auth-app';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { FormBrowser } from '../support/form-browser';
import { BodyClient } from '../support/session-client';

const EMAIL = 'hedy@example.test';

/** The SQL of docs/replacing-secrets.md, in the order of the page. */
function statementsOfThePage(): string[] {
  const page = readFileSync(join(__dirname, '..', '..', 'docs', 'replacing-secrets.md'), 'utf8');
  return [...page.matchAll(/```sql\n(.*?)```/gs)].map(([, sql]) => sql!);
}

describe('docs/replacing-secrets.md', () => {
  const [revokeKeys = '', countPeppers = ''] = statementsOfThePage();
  let database: TestDatabase;
  let apps: AuthApp[];

  /** An instance of its own time: the tests start the next one as a deployment would. */
  async function deploy(...secrets: string[]): Promise<AuthApp> {
    return started({ options: { secrets } });
  }

  async function started(settings: AuthAppSettings): Promise<AuthApp> {
    const app = await startAuthApp({ database, ...settings });
    apps.push(app);
    return app;
  }

  async function signedIn(app: AuthApp): Promise<BodyClient> {
    const client = new BodyClient(app);
    expect((await client.login(EMAIL)).status).toBe(200);
    return client;
  }

  /** The same client, which now reaches another instance. */
  function moved(client: BodyClient, app: AuthApp): BodyClient {
    return Object.assign(new BodyClient(app), {
      accessToken: client.accessToken,
      refreshToken: client.refreshToken,
    });
  }

  beforeEach(async () => {
    database = await cloneDatabase();
    apps = [];
  });

  afterEach(async () => {
    for (const app of apps) await app.nest.close();
    await database.drop();
  });

  it('nobody is signed out by the three steps, but who did not refresh between the last two', async () => {
    const before = await deploy(SECRETS.first);
    await before.createAccount(EMAIL);
    const [active, idle] = [await signedIn(before), await signedIn(before)];
    const first = await deploy(SECRETS.first, SECRETS.second);
    const second = await deploy(SECRETS.second, SECRETS.first);
    const renewed = moved(active, second);
    expect((await renewed.refresh()).status).toBe(200);
    // An instance that is still at the first step reads what the second one protects.
    const back = moved(renewed, first);
    expect((await back.refresh()).status).toBe(200);
    const again = moved(back, second);
    expect((await again.refresh()).status).toBe(200);
    const third = await deploy(SECRETS.second);
    expect((await moved(again, third).refresh()).status).toBe(200);
    expect((await moved(active, third).get('/things/mine')).status).toBe(200);
    const lost = await moved(idle, third).refresh();
    expect([lost.status, lost.body.code]).toEqual([401, 'unauthenticated']);
  });

  it('revoked signing keys end every access token, and the next boot makes a new key', async () => {
    const before = await deploy(SECRETS.first);
    await before.createAccount(EMAIL);
    const client = await signedIn(before);
    await before.dataSource.query(revokeKeys);
    const after = await deploy(SECRETS.first);
    const refused = await moved(client, after).get('/things/mine');
    expect([refused.status, refused.body.code]).toEqual([401, 'invalid_token']);
    expect((await (await signedIn(after)).get('/things/mine')).status).toBe(200);
  });

  it('a key that was sealed under the old secret signs on, and the browsers are still known', async () => {
    const before = await deploy(SECRETS.first);
    const { kid } = before.nest.get(KeyRing, { strict: false }).signingKey();
    const cookie = before.nest.get(KnownDevices, { strict: false }).issue(EMAIL);
    const second = await deploy(SECRETS.second, SECRETS.first);
    expect(second.nest.get(KeyRing, { strict: false }).signingKey().kid).toBe(kid);
    expect(second.nest.get(KnownDevices, { strict: false }).recognises(cookie, EMAIL)).toBe(true);
    const third = await deploy(SECRETS.second);
    expect(third.nest.get(KeyRing, { strict: false }).signingKey().kid).toBe(kid);
    expect(third.nest.get(KnownDevices, { strict: false }).recognises(cookie, EMAIL)).toBe(false);
    // Whoever goes back without the secret that seals now is told which key cannot be opened.
    await expect(deploy(SECRETS.first)).rejects.toThrow(
      `signing key ${kid} must be sealed under one of`,
    );
  });

  it('the old secret is needed until the last session of its time was refreshed or is over', async () => {
    const before = await deploy(SECRETS.first);
    await before.createAccount(EMAIL);
    const [active, idle, ended] = [
      await signedIn(before),
      await signedIn(before),
      await signedIn(before),
    ];
    const after = await deploy(SECRETS.second, SECRETS.first);
    const old = async (app = after) =>
      (await app.nest.get(SecretUses, { strict: false }).status()).at(-1)!;
    // An instance has protected things under it a moment ago.
    expect(await old()).toMatchObject({ verdict: 'needed', isUsedNow: true, signingKeys: 0 });

    // An hour later only the sessions speak for it.
    const hour = `interval '1 hour'`;
    await after.sql(
      `UPDATE auth.secret_uses SET first_used_at = first_used_at - ${hour},
         last_used_at = last_used_at - ${hour}`,
    );
    for (const { sessionId } of [active, idle, ended]) await ageSession(after, sessionId, 3600);
    expect(await old()).toMatchObject({ verdict: 'needed', isUsedNow: false, sessions: 3 });
    expect((await moved(active, after).refresh()).status).toBe(200);
    expect((await moved(ended, after).logout()).status).toBe(204);
    const [row] = await after.sql<{ ends: Date }>(
      `SELECT least(idle_expires_at, absolute_expires_at) AS ends FROM auth.sessions WHERE id = $1`,
      [idle.sessionId],
    );
    expect(await old()).toMatchObject({ verdict: 'needed', sessions: 1, sessionsEndAt: row!.ends });
    await ageSession(after, idle.sessionId, 15 * 86_400);
    expect(await old()).toMatchObject({ verdict: 'removable', sessions: 0, sessionsEndAt: null });
    const without = await deploy(SECRETS.second);
    expect(await old(without)).toMatchObject({ verdict: 'current' });
    expect((await moved(idle, without).refresh()).status).toBe(401);
  });

  it('where there are forms the old secret is needed as long as a page of its time may be open', async () => {
    const structure = { forms: { loginPage: '/login', homePage: '/' } };
    const before = await started({ structure, options: { secrets: [SECRETS.first] } });
    const secrets = [SECRETS.second, SECRETS.first];
    const after = await started({ structure, options: { secrets } });
    const browser = new FormBrowser(before.url);
    const form_token = await browser.token();
    const moved = new FormBrowser(after.url);
    moved.cookies = { ...browser.cookies };
    const fields = { form_token, email: EMAIL, password: 'a wrong one of some length' };
    expect((await moved.send('/auth/form/login', fields)).location).toContain(
      'invalid_credentials',
    );
    const old = async (app: AuthApp) =>
      (await app.nest.get(SecretUses, { strict: false }).status()).at(-1)!;
    const age = (hours: number) =>
      after.sql(
        `UPDATE auth.secret_uses SET last_used_at = clock_timestamp() - make_interval(hours => $1)
         WHERE fingerprint = $2`,
        [hours, fingerprint],
      );
    const { fingerprint } = await old(after);
    await age(23);
    expect(await old(after)).toMatchObject({
      verdict: 'needed',
      isUsedNow: false,
      sessions: 0,
      formTokensEndAt: expect.any(Date),
    });
    // Without forms nobody has such a page open.
    const plain = await started({ options: { secrets } });
    expect(await old(plain)).toMatchObject({ verdict: 'removable', formTokensEndAt: null });
    await age(25);
    expect(await old(after)).toMatchObject({ verdict: 'removable', formTokensEndAt: null });
  });

  it('a secret that still seals a key and is not configured is reported as missing', async () => {
    const before = await deploy(SECRETS.first);
    const { kid } = before.nest.get(KeyRing, { strict: false }).signingKey();
    await before.nest.get(KeysService, { strict: false }).rotate({}, { now: true });
    const sealed = before.sql<{ sealed_private_key: Buffer }>(
      `SELECT sealed_private_key FROM auth.signing_keys WHERE kid = $1`,
      [kid],
    );
    const [{ sealed_private_key: old }] = (await sealed) as [{ sealed_private_key: Buffer }];
    await deploy(SECRETS.second, SECRETS.first);
    // An instance of before comes back with its copy of the retired key.
    await before.sql(`UPDATE auth.signing_keys SET sealed_private_key = $2 WHERE kid = $1`, [
      kid,
      old,
    ]);
    const after = await deploy(SECRETS.second);
    const found = await after.nest.get(SecretUses, { strict: false }).status();
    expect(found.map(({ verdict, signingKeys }) => [verdict, signingKeys])).toEqual([
      ['current', 1],
      ['missing', 1],
    ]);
    expect(after.nest.get(KeyRing, { strict: false }).verificationKey(kid)).toBeUndefined();
    // A key that is dead is missed by nobody.
    await after.sql(
      `UPDATE auth.signing_keys SET retired_at = retired_at - interval '1 day' WHERE kid = $1`,
      [kid],
    );
    expect(await after.nest.get(SecretUses, { strict: false }).status()).toHaveLength(1);
  });

  it('the query counts hashes by pepper', async () => {
    const app = await deploy(SECRETS.first);
    await app.createAccount(EMAIL);
    const counted = await app.sql(countPeppers);
    expect(counted).toEqual([{ scheme: '{bcrypt-hmac-sha256;pepper=1}', accounts: '1' }]);
  });

  it('after a restore nothing of before works on any instance, not even of a higher epoch', async () => {
    const before = await deploy(SECRETS.first);
    const id = await before.createAccount(EMAIL);
    // The epoch of the lost time is ahead of the one that the backup knows.
    await before.sql('UPDATE auth.accounts SET security_epoch = 7 WHERE id = $1', [id]);
    const client = await signedIn(before);
    await before.sql('UPDATE auth.accounts SET security_epoch = 2 WHERE id = $1', [id]);
    expect((await client.get('/things/mine')).status).toBe(200);
    const { sessions } = await before.nest.get(EverySession, { strict: false }).revokeAll();
    expect(sessions).toBe(1);
    await before.settle();
    const after = await deploy(SECRETS.first);
    for (const app of [before, after]) {
      const instance = moved(client, app);
      expect((await instance.get('/things/mine')).body.code).toBe('invalid_token');
      expect((await instance.refresh()).body.code).toBe('session_revoked');
      expect((await (await signedIn(app)).get('/things/mine')).status).toBe(200);
    }
  });
});
