import { AssignmentsService } from '../../src/access/assignments.service';
import { ChangeFeed } from '../../src/change-feed/change-feed';
import { KeysService } from '../../src/keys/keys.service';
import { AccountStatusService } from '../../src/authentication/account-status.service';
import { TenantsService } from '../../src/tenants/tenants.service';
import { ORIGIN, type AuthApp } from '../support/auth-app';
import { SECRETS } from '../support/auth-options';
import { BodyClient } from '../support/session-client';
import { encode, partsOf } from '../tokens/token-store';
import { AS_ORDERS, BILLING, REPORTS, basic, postForm, startTokenApp } from './token-app';

const INACTIVE = { active: false };

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

const introspect = (token: string, headers: Record<string, string> = AS_ORDERS) =>
  postForm(app, '/auth/introspect', { token }, headers);

describe('RFC 7662: an answer about a token', () => {
  it('names what the token says and nobody’s name, and is not to be stored', async () => {
    const answer = await introspect(client.accessToken).expect(200);
    expect(answer.get('Content-Type')).toMatch(/^application\/json\b/);
    expect(answer.get('Cache-Control')).toBe('no-store');
    expect(answer.get('Set-Cookie')).toBeUndefined();
    const [, payload] = partsOf(client.accessToken);
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<
      string,
      unknown
    >;
    expect(answer.body).toEqual({
      active: true,
      iss: ORIGIN,
      aud: ORIGIN,
      sub: accountId,
      client_id: 'web',
      token_type: 'Bearer',
      exp: claims['exp'],
      iat: claims['iat'],
      jti: claims['jti'],
      sid: client.sessionId,
      auth_time: claims['auth_time'],
      amr: ['pwd'],
    });
  });

  it('costs no query, about a good token as about garbage', async () => {
    await introspect(client.accessToken).expect(200);
    const spy = jest.spyOn(app.dataSource, 'query');
    const runners = jest.spyOn(app.dataSource, 'createQueryRunner');
    try {
      expect((await introspect(client.accessToken)).body.active).toBe(true);
      expect((await introspect('garbage')).body).toEqual(INACTIVE);
      expect((await introspect(client.refreshToken)).body).toEqual(INACTIVE);
      expect([spy.mock.calls, runners.mock.calls]).toEqual([[], []]);
    } finally {
      spy.mockRestore();
      runners.mockRestore();
    }
  });

  it('JW-6: JW-7: says of everything else the same two words', async () => {
    const [header, payload, signature] = partsOf(client.accessToken);
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    const tokens = [
      'garbage',
      '.',
      'a.b.c',
      client.refreshToken,
      `${client.accessToken}=`,
      ` ${client.accessToken}`,
      `${client.accessToken}\0`,
      `Bearer ${client.accessToken}`,
      `${header}.${payload}.`,
      `${header}.${payload}.${signature.slice(0, -2)}AA`,
      `${header}.${encode({ ...claims, sub: '01890a5d-ac96-774b-bcce-b302099a8057' })}.${signature}`,
      `${encode({ alg: 'none', typ: 'at+jwt' })}.${payload}.`,
      `${encode({ alg: 'HS256', typ: 'JWT' })}.${payload}.${signature}`,
      SECRETS.first,
      '\u{1F600}'.repeat(100),
      'x'.repeat(9000),
      '__proto__',
      `' OR 1=1 --`,
    ];
    const bodies = new Set<string>();
    for (const token of tokens) {
      const answer = await introspect(token);
      expect([token.slice(0, 40), answer.status]).toEqual([token.slice(0, 40), 200]);
      bodies.add(`${answer.text} ${answer.get('Cache-Control')} ${answer.get('Content-Type')}`);
    }
    expect([...bodies]).toEqual(['{"active":false} no-store application/json; charset=utf-8']);
  });

  it('JW-11: ends with the session, with a logout everywhere and with the account', async () => {
    await client.logout();
    expect((await introspect(client.accessToken)).body).toEqual(INACTIVE);

    const [one, other] = [new BodyClient(app), new BodyClient(app)];
    await one.login('someone@example.org');
    await other.login('someone@example.org');
    await one.logout({ scope: 'all' }).then(({ status }) => expect(status).toBe(204));
    expect((await introspect(other.accessToken)).body).toEqual(INACTIVE);

    const id = await app.createAccount('leaver@example.org');
    await one.login('leaver@example.org');
    expect((await introspect(one.accessToken)).body.active).toBe(true);
    await app.nest.get(AccountStatusService, { strict: false }).disable(id, {});
    await app.settle();
    expect((await introspect(one.accessToken)).body).toEqual(INACTIVE);
  });

  it('ends with a newer version of the session: another tenant, other roles', async () => {
    const chosen = await app
      .post('/auth/session/roles', { active: [] })
      .set('Authorization', `Bearer ${client.accessToken}`)
      .expect(200);
    expect((await introspect(client.accessToken)).body).toEqual(INACTIVE);
    const { access_token: newer } = chosen.body as { access_token: string };
    expect((await introspect(newer)).body).toMatchObject({ active: true, sid: client.sessionId });
  });

  it('ends with the key that signed it', async () => {
    const keys = app.nest.get(KeysService, { strict: false });
    const [current] = await keys.list();
    await keys.revoke(current!.kid, {});
    await app.settle();
    expect((await introspect(client.accessToken)).body).toEqual(INACTIVE);
  });

  it('is 503 and never a guess while revocations may be unknown', async () => {
    const feed = app.nest.get(ChangeFeed, { strict: false });
    const stale = jest.spyOn(feed, 'isFresh').mockReturnValue(false);
    try {
      for (const token of [client.accessToken, 'garbage']) {
        const answer = await introspect(token).expect(503);
        expect(answer.get('Retry-After')).toBe('1');
        expect(answer.body).toMatchObject({
          error: 'temporarily_unavailable',
          code: 'authority_stale',
        });
      }
    } finally {
      stale.mockRestore();
    }
  });

  it('RT-12: is inactive for a resource server of another audience', async () => {
    const answer = await introspect(client.accessToken, {
      Authorization: basic(BILLING.clientId, BILLING.secret),
    });
    expect([answer.status, answer.body]).toEqual([200, INACTIVE]);
  });

  it('RT-12: an account that acts in a tenant sees the tokens of that tenant only', async () => {
    const tenants = app.nest.get(TenantsService, { strict: false });
    const [here, there] = [
      await tenants.create({ key: 'here', name: 'Here' }),
      await tenants.create({ key: 'there', name: 'There' }),
    ];
    const inTenant = async (email: string, role: string, ...ids: string[]) => {
      const id = await app.createAccount(email);
      for (const tenantId of ids) {
        await app.nest
          .get(AssignmentsService, { strict: false })
          .assign({ accountId: id, role, tenantId });
      }
      const who = new BodyClient(app);
      await who.login(email);
      const chosen = await app
        .post('/auth/session/tenant', { tenantId: ids[0] })
        .set('Authorization', `Bearer ${who.accessToken}`)
        .expect(200);
      return (chosen.body as { access_token: string }).access_token;
    };
    const auditor = await inTenant('auditor@here.example', 'administrator', here.id);
    const colleague = await inTenant('colleague@here.example', 'reader', here.id);
    const stranger = await inTenant('stranger@there.example', 'reader', there.id);
    const asAuditor = { Authorization: `Bearer ${auditor}` };
    expect((await introspect(colleague, asAuditor)).body).toMatchObject({
      active: true,
      tid: here.id,
    });
    expect((await introspect(stranger, asAuditor)).body).toEqual(INACTIVE);
    expect((await introspect(client.accessToken, asAuditor)).body).toEqual(INACTIVE);
    expect((await introspect(stranger)).body).toMatchObject({ active: true, tid: there.id });
  });

  it('lists permissions for the resource servers that may see them, as they are now', async () => {
    const asReports = { Authorization: basic(REPORTS.clientId, REPORTS.secret) };
    const permissions = async () =>
      (await introspect(client.accessToken, asReports)).body.permissions as string[];
    expect(await permissions()).toEqual(['things:read']);
    expect((await introspect(client.accessToken)).body).not.toHaveProperty('permissions');
    await app.sql('DELETE FROM auth.assignments WHERE account_id = $1', [accountId]);
    await app.sql(`INSERT INTO auth.changes (kind, account_id) VALUES ('authority', $1)`, [
      accountId,
    ]);
    await app.settle();
    expect(await permissions()).toEqual([]);
    expect((await introspect('garbage', asReports)).body).toEqual(INACTIVE);
  });
});
