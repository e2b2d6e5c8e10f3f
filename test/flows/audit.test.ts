import { AUDIT_ACTIONS } from '../../src/audit/audit-actions';
import { AccountStatusService } from '../../src/authentication/account-status.service';
import { ageSession } from '../support/aged-sessions';
import { ORIGIN, PASSWORD, startAuthApp, type AuthApp } from '../support/auth-app';
import { BodyClient, BrowserClient } from '../support/session-client';

const EMAIL = 'margaret@example.test';
const CANARY = 'canary-7f3a9b21-never-in-a-log';

interface Recorded {
  readonly action: string;
  readonly outcome: string;
}

describe('the audit', () => {
  let app: AuthApp;
  const logged: string[] = [];
  const log = (...parts: unknown[]) => void logged.push(JSON.stringify(parts));

  beforeAll(async () => {
    app = await startAuthApp({
      logger: { log, warn: log, error: log, debug: log, verbose: log, fatal: log },
    });
  });
  afterAll(() => app.close());
  beforeEach(() => app.sql('DELETE FROM auth.audit_events'));

  const recorded = async (): Promise<string[]> => {
    const rows = await app.sql<Recorded>(
      'SELECT action, outcome FROM auth.audit_events ORDER BY id',
    );
    return rows.map(({ action, outcome }) => `${action} ${outcome}`);
  };

  it('LO-1: holds exactly the events of a scripted life of an account', async () => {
    const id = await app.createAccount(EMAIL, 'reader');
    const client = new BodyClient(app);
    await client.login(EMAIL, 'a wrong pass phrase 1');
    await client.login(EMAIL);
    const first = client.refreshToken;
    await client.refresh();
    await client.send(first);
    await client.refresh();
    await client.send(first);
    await client.refresh();
    const browser = new BrowserClient(app);
    await browser.login(EMAIL);
    await browser.logout();
    const aged = new BodyClient(app);
    await aged.login(EMAIL);
    await ageSession(app, aged.sessionId, 1_209_601);
    await aged.refresh();
    await client.login(EMAIL);
    await app
      .post('/auth/password/change', { currentPassword: 'wrong', newPassword: PASSWORD })
      .set('Authorization', `Bearer ${client.accessToken}`);
    await app
      .post('/auth/password/change', { currentPassword: PASSWORD, newPassword: `${PASSWORD}!` })
      .set('Authorization', `Bearer ${client.accessToken}`);
    const status = app.nest.get(AccountStatusService, { strict: false });
    await status.disable(id);
    await client.refresh();
    await status.enable(id);
    expect(await recorded()).toEqual([
      'user_created success',
      'privilege_permissions_changed success',
      'authn_login_fail failure',
      'authn_login_success success',
      'session_renewed success',
      'authn_token_grace success',
      'session_renewed success',
      'authn_token_reuse failure',
      'session_use_after_expire failure',
      'authn_login_success success',
      'session_logout success',
      'authn_login_success success',
      'session_expired failure',
      'authn_login_success success',
      'authn_password_change_fail failure',
      'authn_password_change success',
      'user_disabled success',
      'session_use_after_expire failure',
      'user_enabled success',
    ]);
  });

  it('LO-1: says when guessing was stopped', async () => {
    const email = 'guessed@example.test';
    await app.createAccount(email);
    for (let guess = 0; guess < 8; guess += 1) await new BodyClient(app).login(email, 'wrong');
    expect(await recorded()).toContain('excess_rate_limit_exceeded failure');
  });

  it('LO-2: says who, what, where, when and how it ended, in the vocabulary', async () => {
    await app.createAccount('who@example.test');
    const client = new BodyClient(app);
    await client.login('who@example.test');
    await client.refresh({ 'user-agent': 'Example/1.0' });
    const rows = await app.sql('SELECT * FROM auth.audit_events');
    for (const row of rows) {
      expect(AUDIT_ACTIONS).toContain(row.action);
      expect(row.occurred_at).toBeInstanceOf(Date);
      expect(row.account_id).toEqual(expect.stringMatching(/^[0-9a-f-]{36}$/));
    }
    const renewed = rows.find(({ action }) => action === 'session_renewed');
    expect(renewed).toMatchObject({
      outcome: 'success',
      session_id: client.sessionId,
      ip: '127.0.0.1',
      user_agent: 'Example/1.0',
      request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      details: { generation: 1 },
    });
  });

  it('HT-9: keeps a user agent with control characters on one line', async () => {
    await app.createAccount('agent@example.test');
    await app
      .post('/auth/login', { email: 'agent@example.test', password: PASSWORD, transport: 'body' })
      .set('User-Agent', 'evil\u0085agent\twith\u009b31m');
    const [row] = await app.sql<{ user_agent: string }>(
      `SELECT user_agent FROM auth.audit_events WHERE action = 'authn_login_success'`,
    );
    const codes = [...row!.user_agent].map((character) => character.charCodeAt(0));
    expect(codes.filter((code) => code < 0x20 || (code >= 0x7f && code < 0xa0))).toEqual([]);
  });

  it('LO-3: no password, token or key reaches the log or the audit, not even in errors', async () => {
    const email = 'canary@example.test';
    await app.createAccount(email);
    const client = new BodyClient(app);
    await client.login(email, CANARY);
    await client.login(email);
    await client.send(CANARY);
    await app.post('/auth/login', `{"password":"${CANARY}"`).type('json');
    await app
      .post('/auth/login', { email: CANARY, password: { nested: CANARY } })
      .set('Origin', ORIGIN);
    await app.get('/things').set('Authorization', `Bearer ${CANARY}`);
    const secrets = [CANARY, PASSWORD, client.accessToken, client.refreshToken];
    const [{ dump } = { dump: '' }] = await app.sql<{ dump: string }>(
      `SELECT string_agg(e::text, ' ') AS dump FROM auth.audit_events e`,
    );
    const everything = `${dump} ${logged.join(' ')}`;
    for (const secret of secrets) {
      const spellings = [
        secret,
        Buffer.from(secret).toString('base64'),
        encodeURIComponent(secret),
      ];
      for (const spelling of spellings) expect(everything).not.toContain(spelling);
    }
  });

  it('LO-6, FS-2: a change whose audit event cannot be written does not happen', async () => {
    const email = 'unaudited@example.test';
    await app.createAccount(email);
    const client = new BodyClient(app);
    await client.login(email);
    await app.sql(
      `CREATE FUNCTION auth.refuse_audit() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'the audit is full'; END $$`,
    );
    await app.sql(
      `CREATE TRIGGER refuse_audit BEFORE INSERT ON auth.audit_events
       FOR EACH ROW EXECUTE FUNCTION auth.refuse_audit()`,
    );
    try {
      const before = await app.sql(`SELECT counter, revoked_at FROM auth.sessions ORDER BY id`);
      expect((await client.refresh()).status).toBe(500);
      expect((await client.logout()).status).toBe(500);
      expect((await client.logout({ scope: 'all' })).status).toBe(500);
      expect((await new BodyClient(app).login(email)).status).toBe(500);
      expect(await app.sql(`SELECT counter, revoked_at FROM auth.sessions ORDER BY id`)).toEqual(
        before,
      );
    } finally {
      await app.sql('DROP FUNCTION auth.refuse_audit CASCADE');
    }
    expect((await client.refresh()).status).toBe(200);
  });
});
