import { RouteAudit } from '../../src/access/route-audit';
import { startAuthApp, type AuthApp } from '../support/auth-app';
import { sendRaw } from '../support/raw-http';
import { BodyClient } from '../support/session-client';

/** Everything that may answer a stranger, by hand: a route that joins it is a decision. */
const PUBLIC_ROUTES = [
  'GET /.well-known/jwks.json',
  'GET /.well-known/oauth-authorization-server',
  'GET /.well-known/oauth-authorization-server/*',
  'GET /things/open',
  'POST /auth/introspect',
  'POST /auth/login',
  'POST /auth/logout',
  'POST /auth/refresh',
  'POST /auth/revoke',
];

const PROTECTED = ['/things', '/things/mine', '/auth/session', '/auth/sessions'];
const METHODS = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'get', 'PUT', 'PATCH', 'PROPFIND'];

/** Every way that somebody has spelt a path to get past a check. */
function spellingsOf(path: string): string[] {
  const [first = '', ...rest] = path.slice(1).split('/');
  const tail = rest.length === 0 ? '' : `/${rest.join('/')}`;
  const encoded = `%${first.charCodeAt(0).toString(16)}${first.slice(1)}`;
  return [
    path,
    `${path}/`,
    `${path}//`,
    `/${path}`,
    `/.${path}`,
    `/x/..${path}`,
    `${path};x=1`,
    `/${first};x${tail}`,
    `${path}?access_token=x`,
    `${path}%2f`,
    `${path}%00`,
    `${path}\\`,
    `${path}#x`,
    `/${encoded}${tail}`,
    `/%25${encoded.slice(1)}${tail}`,
    `/%2e${path}`,
    path.toUpperCase(),
    `http://elsewhere.example${path}`,
    `//elsewhere.example${path}`,
  ];
}

describe('every spelling of a request', () => {
  let app: AuthApp;
  beforeAll(async () => {
    app = await startAuthApp();
    await app.createAccount('nobody@example.test');
  });
  afterAll(() => app.close());

  it('AZ-1: only the routes of an explicit list are public', () => {
    const open = app.nest
      .get(RouteAudit, { strict: false })
      .handlers()
      .filter(({ access }) => access.kind === 'public')
      .flatMap(({ operation, names }) => names.map((path) => `${operation} ${path}`));
    expect(open.sort()).toEqual(PUBLIC_ROUTES);
  });

  it('AZ-1: every other route answers 401 to a stranger and 403 to an account without roles', async () => {
    const client = new BodyClient(app);
    await client.login('nobody@example.test');
    for (const path of PROTECTED) {
      const response = await app.get(path);
      expect([path, response.status, response.body.code]).toEqual([path, 401, 'unauthenticated']);
      expect(response.get('WWW-Authenticate')).toBe('Bearer');
    }
    const lacking = await client.get('/things');
    expect([lacking.status, lacking.body.code]).toEqual([403, 'forbidden']);
    expect((await client.get('/things/mine')).status).toBe(200);
  });

  it.each(PROTECTED)(
    'AZ-2: %s is refused to a stranger however it is spelt',
    async (path) => {
      const opened: string[] = [];
      for (const spelling of spellingsOf(path)) {
        for (const method of METHODS) {
          const head = `${method} ${spelling} HTTP/1.1\r\nHost: api.example.org\r\nConnection: close\r\n\r\n`;
          const { status } = await sendRaw(app.url, head);
          if (status >= 200 && status < 300) opened.push(`${method} ${spelling}`);
        }
      }
      expect(opened).toEqual([]);
    },
    60_000,
  );

  it.each([
    ['X-Original-URL', '/things/open'],
    ['X-Rewrite-URL', '/things/open'],
    ['X-HTTP-Method-Override', 'OPTIONS'],
    ['X-User-Id', '01890a5d-ac96-774b-bcce-b302099a8057'],
    ['X-Forwarded-User', 'admin'],
    ['X-Middleware-Subrequest', 'middleware'],
    ['X-Nest-Public', 'true'],
  ])('AD-10, B-8: the header %s changes no decision', async (name, value) => {
    expect((await app.get('/things').set(name, value)).status).toBe(401);
  });

  it('JW-15: takes a token from the Authorization header and from nowhere else', async () => {
    const client = new BodyClient(app);
    await client.login('nobody@example.test');
    const token = client.accessToken;
    const statusWith = async (headers: Record<string, string>, query = '') =>
      (await app.get(`/things/mine${query}`).set(headers)).status;
    expect(await statusWith({}, `?access_token=${token}`)).toBe(401);
    expect(await statusWith({ Cookie: `access_token=${token}` })).toBe(401);
    expect(await statusWith({ 'X-Access-Token': token })).toBe(401);
    expect(await statusWith({ Authorization: `Basic ${token}` })).toBe(401);
    expect(await statusWith({ Authorization: `Bearer  ${token}` })).toBe(401);
    expect(await statusWith({ Authorization: `Bearer ${token}, Bearer ${token}` })).toBe(401);
    expect(await statusWith({ Authorization: `bearer ${token}` })).toBe(200);
  });

  it('JW-15: refuses two Authorization headers, whichever comes first', async () => {
    const client = new BodyClient(app);
    await client.login('nobody@example.test');
    const good = `Authorization: Bearer ${client.accessToken}\r\n`;
    for (const pair of [
      `${good}Authorization: Bearer x\r\n`,
      `Authorization: Bearer x\r\n${good}`,
    ]) {
      const head = `GET /things/mine HTTP/1.1\r\nHost: api.example.org\r\nConnection: close\r\n${pair}\r\n`;
      expect((await sendRaw(app.url, head)).status).toBe(400);
    }
  });

  it('JW-14: refuses an oversized token at once', async () => {
    for (const token of ['a'.repeat(8_300), '.'.repeat(12_000)]) {
      const response = await app.get('/things').set('Authorization', `Bearer ${token}`);
      expect(response.status).toBe(401);
    }
    const huge = `GET /things HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${'a'.repeat(65_536)}\r\n\r\n`;
    expect((await sendRaw(app.url, huge)).status).toBe(431);
  });

  it('JW-6, B-9: accepts no other thing the API hands out as an access token', async () => {
    const client = new BodyClient(app);
    const { body } = await client.login('nobody@example.test');
    for (const thing of [client.refreshToken, client.sessionId, body.user.id]) {
      expect((await client.get('/things/mine', thing)).status).toBe(401);
    }
    const asRefresh = await client.send(client.accessToken);
    expect(asRefresh.status).toBe(400);
  });

  it('CK-8: reading changes nothing in the database', async () => {
    const client = new BodyClient(app);
    await client.login('nobody@example.test');
    const state = () =>
      app.sql(`SELECT (SELECT md5(string_agg(s::text, '' ORDER BY id)) FROM auth.sessions s) AS sessions,
        (SELECT count(*) FROM auth.audit_events) AS events, (SELECT count(*) FROM auth.changes) AS changes`);
    const before = await state();
    for (const path of [...PROTECTED, '/things/open', '/.well-known/jwks.json', '/auth/login']) {
      await client.get(path);
      await app.get(`${path}?_method=DELETE`);
    }
    expect(await state()).toEqual(before);
  });
});
