import { newId } from '../../src/database/identifiers';
import { MAX_AUTHENTICATION_AGE_SECONDS } from '../../src/administration/step-up';
import { ageSession } from '../support/aged-sessions';
import { startAuthApp, type AuthApp } from '../support/auth-app';
import {
  adminRoutes,
  ask,
  contents,
  shownBy,
  signedIn,
  tenant,
  type AdminClient,
} from './administration-app';

/** What http-api.md says; a route that is missing here, or here alone, fails. */
const ROUTES = [
  'GET /admin/access/routes: auth.access:routes',
  'GET /admin/access/who-can: auth.access:explain',
  'GET /admin/assignments: auth.assignments:read',
  'GET /admin/audit: auth.audit:read',
  'GET /admin/keys: auth.keys:read',
  'GET /admin/permissions: auth.permissions:read',
  'GET /admin/roles/:id: auth.roles:read',
  'GET /admin/roles: auth.roles:read',
  'GET /admin/tenants/:id: auth.tenants:read',
  'GET /admin/tenants: auth.tenants:read',
  'GET /admin/users/:id/sessions: auth.sessions:read',
  'GET /admin/users/:id: auth.users:read',
  'GET /admin/users: auth.users:read',
  'POST /admin/access/explain: auth.access:explain',
  'POST /admin/users/:id/unlock: auth.users:unlock',
];

/** Those that ask for a recent authentication besides (AD-8). */
const DANGEROUS_ROUTES = [
  'DELETE /admin/assignments/:id: auth.assignments:delete',
  'DELETE /admin/roles/:id: auth.roles:delete',
  'DELETE /admin/users/:id/sessions/:sessionId: auth.sessions:revoke',
  'DELETE /admin/users/:id/sessions: auth.sessions:revoke',
  'PATCH /admin/roles/:id: auth.roles:update',
  'PATCH /admin/tenants/:id: auth.tenants:update',
  'PATCH /admin/users/:id: auth.users:update',
  'POST /admin/assignments: auth.assignments:create',
  'POST /admin/keys/:kid/revoke: auth.keys:revoke',
  'POST /admin/keys/rotate: auth.keys:rotate',
  'POST /admin/roles: auth.roles:create',
  'POST /admin/tenants: auth.tenants:create',
  'POST /admin/users/:id/disable: auth.users:disable',
  'POST /admin/users/:id/enable: auth.users:enable',
  'POST /admin/users: auth.users:create',
];

/** Those that nobody may use who acts in a tenant. */
const BEYOND_TENANTS = [
  'GET /admin/keys',
  'PATCH /admin/tenants/:id',
  'PATCH /admin/users/:id',
  'POST /admin/keys/:kid/revoke',
  'POST /admin/keys/rotate',
  'POST /admin/tenants',
  'POST /admin/users',
  'POST /admin/users/:id/disable',
  'POST /admin/users/:id/enable',
  'POST /admin/users/:id/unlock',
];

const titleOf = ({ method, path }: { method: string; path: string }) => `${method} ${path}`;

/** The path with somebody's real id, so that only the guards stand before an effect. */
const pathTo = (path: string, id: string) => path.replace(/:\w+/g, id);

describe('the routes of the administration', () => {
  let app: AuthApp;
  let root: AdminClient;
  let nobody: AdminClient;

  beforeAll(async () => {
    app = await startAuthApp();
    root = await signedIn(app, { roles: ['administrator'] });
    nobody = await signedIn(app, { roles: ['writer'] });
  });

  afterAll(() => app.close());

  it('are those of the contract, and each names its own permission', () => {
    const found = adminRoutes(app).map((route) => {
      const permissions = route.requirements.flatMap((requirement) =>
        requirement.kind === 'permissions' ? requirement.allOf : [],
      );
      return `${titleOf(route)}: ${permissions.join()}`;
    });
    expect(found.sort()).toEqual([...ROUTES, ...DANGEROUS_ROUTES].sort());
  });

  it('AD-8: those with lasting effect ask for an authentication within 15 minutes', () => {
    const found = adminRoutes(app).filter(({ requirements }) =>
      requirements.some(({ kind }) => kind === 'step_up'),
    );
    expect(found.map(titleOf).sort()).toEqual(
      DANGEROUS_ROUTES.map((route) => route.slice(0, route.indexOf(': '))).sort(),
    );
    expect(MAX_AUTHENTICATION_AGE_SECONDS).toBe(900);
  });

  it('AZ-1: refuse whoever is not signed in, and whoever lacks the permission', async () => {
    const before = await contents(app);
    for (const { method, path } of adminRoutes(app)) {
      const target = pathTo(path, nobody.accountId);
      const body = method === 'GET' || method === 'DELETE' ? undefined : {};
      const anonymous = await ask(app, method, target, { body });
      expect([target, anonymous.status]).toEqual([target, 401]);
      expect(anonymous.headers['cache-control']).toBe('no-store');
      const denied = await nobody.ask(method, target.slice('/admin'.length), { body });
      expect([target, denied.status, denied.body]).toMatchObject([
        target,
        403,
        { code: 'forbidden' },
      ]);
    }
    expect(await contents(app)).toEqual(before);
  });

  it('AD-8: a stale authentication is challenged, and signing in again satisfies', async () => {
    const stale = await signedIn(app, { roles: ['administrator'] });
    await ageSession(app, stale.sessionId, MAX_AUTHENTICATION_AGE_SECONDS - 60);
    await stale.refresh();
    const attempt = () => stale.ask('POST', `/users/${newId()}/disable`);
    expect((await attempt()).status).toBe(404);
    await ageSession(app, stale.sessionId, 120);
    await stale.refresh();

    const before = await contents(app);
    for (const route of DANGEROUS_ROUTES) {
      const [method, path] = route.slice(0, route.indexOf(': ')).split(' ') as ['POST', string];
      const target = pathTo(path, nobody.accountId).slice('/admin'.length);
      const response = await stale.ask(method, target, { body: {} });
      expect([route, response.status, response.body]).toMatchObject([
        route,
        401,
        { code: 'step_up_required' },
      ]);
      expect(response.headers['www-authenticate']).toMatch(
        /^Bearer error="insufficient_user_authentication", .*max_age="900"$/,
      );
    }
    expect(await contents(app)).toEqual(before);
    expect((await stale.ask('GET', '/users')).status).toBe(200);
    await stale.login(stale.email);
    expect((await attempt()).status).toBe(404);
  });

  it('AD-1: those that reach beyond a tenant are closed to whoever acts in one', async () => {
    const tenantId = await tenant(app, 'acme');
    const inTenant = await signedIn(app, { roles: ['administrator'], tenantId });
    await root.actIn(tenantId);
    const before = await contents(app);
    // Also to who may do everything everywhere, while the session is bound to the tenant.
    for (const client of [inTenant, root]) {
      const closed: string[] = [];
      for (const route of adminRoutes(app)) {
        const target = pathTo(route.path, newId()).slice('/admin'.length);
        const body = route.method === 'GET' || route.method === 'DELETE' ? undefined : {};
        const { status } = await client.ask(route.method, target, { body });
        if (status === 403) closed.push(titleOf(route));
      }
      expect(closed.sort()).toEqual(BEYOND_TENANTS);
    }
    expect(await contents(app)).toEqual(before);
    await root.login(root.email);
  });

  it('answer a method that a route does not have like an unknown route', async () => {
    const answer = async (method: 'PATCH' | 'GET', path: string) =>
      shownBy(await root.ask(method, path));
    expect((await answer('PATCH', '/audit')).status).toBe(404);
    expect((await answer('GET', '/nothing')).status).toBe(404);
  });
});

describe('without the global guards', () => {
  let app: AuthApp;
  beforeAll(async () => {
    app = await startAuthApp({ structure: { globalGuards: false } });
  });
  afterAll(() => app.close());

  it('AZ-1: the routes of the administration guard themselves', async () => {
    const nobody = await signedIn(app, { roles: ['writer'] });
    const root = await signedIn(app, { roles: ['administrator'] });
    for (const { method, path } of adminRoutes(app)) {
      const target = pathTo(path, nobody.accountId);
      const body = method === 'GET' || method === 'DELETE' ? undefined : {};
      const anonymous = await ask(app, method, target, { body });
      const denied = await nobody.ask(method, target.slice('/admin'.length), { body });
      expect([target, anonymous.status, denied.status]).toEqual([target, 401, 403]);
    }
    expect((await root.ask('GET', '/users')).status).toBe(200);
  });
});

describe('the options of the administration', () => {
  it('leave it out altogether', async () => {
    const app = await startAuthApp({ structure: { administration: false } });
    const root = await signedIn(app, { roles: ['administrator'] });
    expect(adminRoutes(app)).toEqual([]);
    expect((await root.ask('GET', '/users')).status).toBe(404);
    await app.close();
  });

  it('move it elsewhere', async () => {
    const app = await startAuthApp({ structure: { adminPrefix: 'back/office' } });
    expect(adminRoutes(app)).toEqual([]);
    expect(adminRoutes(app, '/back/office/')).toHaveLength(ROUTES.length + DANGEROUS_ROUTES.length);
    expect((await ask(app, 'GET', '/back/office/users')).status).toBe(401);
    await app.close();
  });

  it('are checked at boot', async () => {
    const structure = { administration: 'no' as unknown as boolean };
    await expect(startAuthApp({ structure })).rejects.toThrow(/administration/);
  });
});
