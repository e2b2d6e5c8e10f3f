import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SECRETS } from '../support/auth-options';
import { startAuthApp, type AuthApp } from '../support/auth-app';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { BodyClient } from '../support/session-client';

const EMAIL = 'hedy@example.test';

/** The SQL of docs/replacing-secrets.md, in the order of the page. */
function statementsOfThePage(): string[] {
  const page = readFileSync(join(__dirname, '..', '..', 'docs', 'replacing-secrets.md'), 'utf8');
  return [...page.matchAll(/```sql\n(.*?)```/gs)].map(([, sql]) => sql!);
}

describe('docs/replacing-secrets.md', () => {
  const [revokeKeys = '', countPeppers = '', endEverySession = ''] = statementsOfThePage();
  let database: TestDatabase;
  let apps: AuthApp[];

  /** An instance of its own time: the tests start the next one as a deployment would. */
  async function deploy(...secrets: string[]): Promise<AuthApp> {
    const app = await startAuthApp({ database, options: { secrets } });
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
    await before.dataSource.query(endEverySession);
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
