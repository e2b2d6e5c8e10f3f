import { AssignmentsService } from '../../src/access/assignments.service';
import { TenantsService } from '../../src/tenants/tenants.service';
import { AccessTokens } from '../../src/tokens/access-tokens';
import type { AuthApp } from '../support/auth-app';
import { BodyClient, BrowserClient } from '../support/session-client';
import { subject } from '../tokens/token-store';
import { AS_ORDERS, BILLING, ORDERS, basic, postForm, startTokenApp } from './token-app';

let app: AuthApp;
let client: BodyClient;
let accountId: string;

beforeAll(async () => {
  app = await startTokenApp();
  accountId = await app.createAccount('someone@example.org', 'reader');
});

beforeEach(async () => {
  client = new BodyClient(app);
  await client.login('someone@example.org');
});

afterAll(() => app.close());

const asHolder = (token: string) =>
  postForm(app, '/auth/revoke', { token, client_id: 'web', token_type_hint: 'access_token' });

const asServer = (token: string, headers: Record<string, string> = AS_ORDERS) =>
  postForm(app, '/auth/revoke', { token }, headers);

async function expectLive(alive: boolean, who = client): Promise<void> {
  expect((await who.get('/things/mine')).status).toBe(alive ? 200 : 401);
  const rows = await app.sql<{ live: boolean }>(
    'SELECT revoked_at IS NULL AS live FROM auth.sessions WHERE id = $1',
    [who.sessionId],
  );
  expect(rows).toEqual([{ live: alive }]);
}

const eventsOf = (sessionId: string) =>
  app.sql(
    `SELECT action, actor_id, account_id, target, details FROM auth.audit_events
     WHERE session_id = $1 AND action IN ('session_logout', 'session_revoked')`,
    [sessionId],
  );

describe('RFC 7009: a token is revoked', () => {
  it.each(['refreshToken', 'accessToken'] as const)(
    'by its holder, with its whole session: the %s',
    async (kind) => {
      const answer = await asHolder(client[kind]).expect(200);
      expect([answer.text, answer.get('Cache-Control')]).toEqual(['', 'no-store']);
      await expectLive(false);
      expect((await client.refresh()).body.code).toBe('session_revoked');
      expect(await eventsOf(client.sessionId)).toEqual([
        {
          action: 'session_logout',
          actor_id: accountId,
          account_id: accountId,
          target: null,
          details: { reason: 'logout' },
        },
      ]);
    },
  );

  it('by a resource server that received it, and the audit says by which', async () => {
    await asServer(client.accessToken).expect(200);
    await expectLive(false);
    expect(await eventsOf(client.sessionId)).toEqual([
      {
        action: 'session_revoked',
        actor_id: null,
        account_id: accountId,
        target: 'client:orders',
        details: { reason: 'revoked' },
      },
    ]);
  });

  it('again, and what is no token at all: 200 alike', async () => {
    await asHolder(client.refreshToken).expect(200);
    for (const token of [
      client.refreshToken,
      client.accessToken,
      'garbage',
      '\0',
      'a.b.c',
      'x'.repeat(9000),
    ]) {
      for (const ask of [
        () => asHolder(token),
        () => asServer(token === client.refreshToken ? 'y' : token),
      ]) {
        const answer = await ask();
        expect([answer.status, answer.text]).toEqual([200, '']);
      }
    }
    expect(await eventsOf(client.sessionId)).toHaveLength(1);
  });

  it('whatever it is said to be', async () => {
    const hinted = { token: client.refreshToken, client_id: 'web', token_type_hint: 'saml2' };
    await postForm(app, '/auth/revoke', hinted).expect(200);
    await expectLive(false);
  });
});

describe('RFC 7009: a token is not revoked', () => {
  it.each([
    ['nobody', {}, undefined],
    ['another client', { client_id: 'mobile' }, undefined],
    [
      'our client with a secret it cannot have',
      { client_id: 'web', client_secret: 'x' },
      undefined,
    ],
    ['our client by HTTP Basic', {}, basic('web', '')],
    ['a resource server by its name alone', { client_id: ORDERS.clientId }, undefined],
    ['a resource server with a wrong secret', {}, basic(ORDERS.clientId, 'x')],
  ])('by %s', async (_, form, authorization) => {
    const headers: Record<string, string> =
      authorization === undefined ? {} : { Authorization: authorization };
    const answer = await postForm(
      app,
      '/auth/revoke',
      { token: client.refreshToken, ...form },
      headers,
    );
    expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client']);
    expect(answer.get('WWW-Authenticate')).toMatch(/^Basic /);
    await expectLive(true);
  });

  it('by the access token of an account: that says who somebody is, not which client', async () => {
    const answer = await asServer(client.refreshToken, {
      Authorization: `Bearer ${client.accessToken}`,
    });
    expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client']);
    await expectLive(true);
  });

  it('by a cookie, which it does not look at (CK-6)', async () => {
    const browser = new BrowserClient(app);
    await browser.login('someone@example.org');
    const answer = await postForm(
      app,
      '/auth/revoke',
      { client_id: 'web' },
      {
        Cookie: browser.cookieHeader(),
      },
    );
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request']);
    expect((await browser.refresh()).status).toBe(200);
  });

  it('by a page of another origin', async () => {
    const answer = await postForm(
      app,
      '/auth/revoke',
      { token: client.refreshToken, client_id: 'web' },
      {
        Origin: 'https://evil.example',
      },
    );
    expect([answer.status, answer.body.code]).toEqual([403, 'origin_refused']);
    await expectLive(true);
  });

  it('RT-12: by a resource server that was never issued it, or is of another audience', async () => {
    const refused = await asServer(client.refreshToken).expect(400);
    expect(refused.body).toMatchObject({ error: 'invalid_request', code: 'validation_failed' });
    await asServer(client.accessToken, {
      Authorization: basic(BILLING.clientId, BILLING.secret),
    }).expect(200);
    await expectLive(true);
  });

  it('once its signature or its time is wrong', async () => {
    const forged = `${client.accessToken.slice(0, -4)}AAAA`;
    await asHolder(forged).expect(200);
    await expectLive(true);
  });

  it.each(['', 'client_id=web', 'client_id=web&token=', 'client_id=web&token=a&token=b'])(
    'by a form without one token: %j',
    async (text) => {
      const answer = await postForm(app, '/auth/revoke', text);
      expect([400, 401]).toContain(answer.status);
      await expectLive(true);
    },
  );
});

describe('RT-12: tokens belong to the client that they were issued to', () => {
  let other: AuthApp;

  beforeAll(async () => {
    other = await startTokenApp({ database: app.database, options: { clientId: 'mobile' } });
  });
  afterAll(() => other.close());

  it('a refresh token of one is refused by the other, without a rotation', async () => {
    const stolen = await other.post('/auth/refresh', { refresh_token: client.refreshToken });
    expect([stolen.status, stolen.body.code]).toEqual([401, 'unauthenticated']);
    const revoked = await postForm(other, '/auth/revoke', {
      token: client.refreshToken,
      client_id: 'mobile',
    });
    expect(revoked.status).toBe(200);
    await expectLive(true);
    const [row] = await app.sql('SELECT counter FROM auth.sessions WHERE id = $1', [
      client.sessionId,
    ]);
    expect(row).toEqual({ counter: 0 });
    expect((await client.refresh()).status).toBe(200);
  });

  it('an access token of one is not the other’s to revoke', async () => {
    const form = { token: client.accessToken, client_id: 'mobile' };
    const answer = await postForm(other, '/auth/revoke', form);
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request']);
    await expectLive(true);
  });

  it('a session of one tenant is renewed for it, whatever tenant the request names', async () => {
    const header = await startTokenApp({
      database: app.database,
      options: { tenancy: { source: 'header' } },
    });
    try {
      const tenants = header.nest.get(TenantsService, { strict: false });
      const mine = await tenants.create({ key: 'mine', name: 'Mine' });
      const theirs = await tenants.create({ key: 'theirs', name: 'Theirs' });
      const member = await header.createAccount('member@example.org');
      const assignments = header.nest.get(AssignmentsService, { strict: false });
      for (const tenantId of [mine.id, theirs.id]) {
        await assignments.assign({ accountId: member, role: 'reader', tenantId });
      }
      const who = new BodyClient(header);
      await who.login('member@example.org');
      await header
        .post('/auth/session/tenant', { tenantId: mine.id })
        .set('Authorization', `Bearer ${who.accessToken}`)
        .expect(200);
      await who.refresh({ 'x-tenant-id': theirs.id });
      const at = (tenantId: string) =>
        header
          .get('/things')
          .set({ Authorization: `Bearer ${who.accessToken}`, 'x-tenant-id': tenantId });
      expect((await at(mine.id)).status).toBe(200);
      expect((await at(theirs.id)).status).toBe(404);
      const asked = await postForm(
        header,
        '/auth/introspect',
        { token: who.accessToken },
        AS_ORDERS,
      );
      expect(asked.body).toMatchObject({ active: true, tid: mine.id });
    } finally {
      await header.close();
    }
  });

  it('introspection names the client', async () => {
    const { token } = other.nest.get(AccessTokens, { strict: false }).mint(subject());
    const answer = await postForm(app, '/auth/introspect', { token }, AS_ORDERS);
    expect(answer.body).toMatchObject({ active: true, client_id: 'mobile' });
  });
});
