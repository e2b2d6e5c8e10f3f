import type { Response } from 'supertest';
import { newId } from '../../src/database/identifiers';
import { startAuthApp, type AuthApp } from '../support/auth-app';
import { cloneDatabase, type TestDatabase } from '../support/database';
import type { BodyClient } from '../support/session-client';
import {
  AdminClient,
  adminRoutes,
  contents,
  hold,
  roleId,
  shownBy,
  signedIn,
  tenant,
} from './administration-app';

/** Everything of one tenant that has a name. */
interface World {
  readonly tenantId: string;
  readonly admin: AdminClient;
  readonly member: AdminClient;
  readonly roleId: string;
  readonly roleName: string;
  readonly assignmentId: string;
}

let database: TestDatabase;
let app: AuthApp;
let acme: World;
let globex: World;
/** Somebody with a part in both. */
let shared: { readonly accountId: string; readonly inGlobex: string };
let sharedInAcme: BodyClient;
let sharedInGlobex: AdminClient;

beforeAll(async () => {
  database = await cloneDatabase();
  app = await startAuthApp({ database });
  acme = await world('acme');
  globex = await world('globex');
  const both = await signedIn(app, { roles: ['reader'], tenantId: acme.tenantId });
  sharedInAcme = both;
  const inGlobex = await hold(app, both.accountId, 'writer', globex.tenantId);
  shared = { accountId: both.accountId, inGlobex };
  sharedInGlobex = new AdminClient(app, both.accountId, both.email);
  await sharedInGlobex.login(both.email);
  await sharedInGlobex.actIn(globex.tenantId);
});

afterAll(async () => {
  await app.close();
  await database.drop();
});

async function world(key: string): Promise<World> {
  const tenantId = await tenant(app, key);
  const admin = await signedIn(app, { roles: ['administrator'], tenantId });
  const roleName = `${key}-clerk`;
  const made = await admin.ask('POST', '/roles', {
    body: { name: roleName, permissions: ['auth.users:read'], parents: [] },
  });
  expect(made.status).toBe(201);
  const role = (made.body as { id: string }).id;
  const member = await signedIn(app, { roles: ['reader'], tenantId });
  const given = await admin.ask('POST', '/assignments', {
    body: { accountId: member.accountId, roleId: role },
  });
  expect(given.body).toMatchObject({ tenantId, role: roleName });
  const assignmentId = (given.body as { id: string }).id;
  return { tenantId, admin, member, roleId: role, roleName, assignmentId };
}

/** Every name of the other tenant that an answer could let out. */
function namesOf({ tenantId, admin, member, roleId: role, roleName, assignmentId }: World) {
  return [
    tenantId,
    admin.accountId,
    admin.email,
    admin.sessionId,
    member.accountId,
    member.email,
    member.sessionId,
    role,
    roleName,
    assignmentId,
  ];
}

function expectNothingOfGlobex({ text }: Response): void {
  const foreign = [...namesOf(globex), shared.inGlobex, sharedInGlobex.sessionId];
  expect(foreign.filter((name) => text.includes(name))).toEqual([]);
}

function ids({ tenantId, admin, member, roleId: role, assignmentId }: World): string[] {
  return [tenantId, admin.accountId, member.accountId, member.sessionId, role, assignmentId];
}

const BODIES: Readonly<Record<string, object>> = {
  '/admin/users/:id': { displayName: 'Renamed' },
  '/admin/roles/:id': { description: 'changed' },
  '/admin/tenants/:id': { name: 'Renamed' },
};

describe('whoever administers one tenant', () => {
  it('AD-1: gets for every id of another tenant, in every path, the answer for an unknown one', async () => {
    const before = await contents(app);
    const routes = adminRoutes(app).filter(({ path }) => path.includes(':'));
    expect(routes.length).toBeGreaterThan(12);
    for (const { method, path } of routes) {
      const body = BODIES[path];
      const asked = async (parameter: string) => {
        const target = path.slice('/admin'.length).replace(/:\w+/g, parameter);
        return shownBy(await acme.admin.ask(method, target, { body }));
      };
      const unknown = await asked(newId());
      expect([path, [403, 404].includes(unknown.status)]).toEqual([path, true]);
      for (const id of ids(globex)) expect([path, await asked(id)]).toEqual([path, unknown]);
    }
    const member = acme.member.accountId;
    const ended = await acme.admin.ask(
      'DELETE',
      `/users/${member}/sessions/${globex.member.sessionId}`,
    );
    expect(ended.status).toBe(404);
    expect(await contents(app)).toEqual(before);
  });

  it('AD-1: sees in no list, whatever the filter, anything of another tenant', async () => {
    const paths = [
      '/users',
      '/roles',
      '/assignments',
      '/audit',
      '/tenants',
      '/access/who-can?permission=things:read',
      '/access/who-can?permission=auth.users:read',
      `/users?q=${globex.member.email}`,
      `/users?q=person`,
      `/users?cursor=${globex.member.accountId}`,
      `/roles?q=globex`,
      `/assignments?accountId=${globex.member.accountId}`,
      `/assignments?roleId=${globex.roleId}`,
      `/assignments?tenantId=${globex.tenantId}`,
      `/assignments?accountId=${shared.accountId}`,
      `/audit?actor=${globex.admin.accountId}`,
      `/audit?account=${globex.member.accountId}`,
      `/audit?account=${shared.accountId}`,
      `/audit?target=role:${globex.roleName}`,
      `/audit?action=role_created`,
      `/tenants?cursor=${globex.tenantId}`,
      `/users/${shared.accountId}`,
      `/users/${shared.accountId}/sessions`,
    ];
    for (const path of paths) {
      const response = await acme.admin.ask('GET', path);
      expect([path, response.status]).toEqual([path, 200]);
      expectNothingOfGlobex(response);
    }
  });

  it('sees what belongs to its own tenant', async () => {
    const { admin, member, roleId: role, assignmentId, tenantId } = acme;
    const items = async (path: string) => {
      const { body } = await admin.ask('GET', path);
      return (body as { items: { id: string; action?: string }[] }).items;
    };
    const idsIn = async (path: string) => (await items(path)).map(({ id }) => id);
    expect((await idsIn('/users')).sort()).toEqual(
      [admin.accountId, member.accountId, shared.accountId].sort(),
    );
    expect(await idsIn('/roles')).toContain(role);
    expect(await idsIn('/roles')).toContain(await roleId(app, 'reader'));
    expect(await idsIn('/assignments')).toContain(assignmentId);
    expect(await idsIn('/tenants')).toEqual([tenantId]);
    expect((await admin.ask('GET', `/tenants/${tenantId}`)).status).toBe(200);
    expect(await idsIn(`/users/${member.accountId}/sessions`)).toEqual([member.sessionId]);
    expect(await idsIn('/access/who-can?permission=auth.users:read')).toEqual([
      member.accountId,
      admin.accountId,
    ]);
    const actions = (await items('/audit')).map(({ action }) => action);
    expect(actions).toContain('role_created');
    expect(actions).toContain('privilege_permissions_changed');
  });

  it('AD-1: an explanation says of another tenant what it says of an unknown one', async () => {
    const { accountId } = acme.member;
    const asked = async (question: object) => {
      const body = { accountId, permission: 'things:write', ...question };
      const response = await acme.admin.ask('POST', '/access/explain', { body });
      expectNothingOfGlobex(response);
      return shownBy(response);
    };
    const unknownAccount = await asked({ accountId: newId() });
    expect(unknownAccount.status).toBe(404);
    expect(await asked({ accountId: globex.member.accountId })).toEqual(unknownAccount);
    const unknownTenant = await asked({ tenantId: newId() });
    expect(unknownTenant.status).toBe(404);
    expect(await asked({ tenantId: globex.tenantId })).toEqual(unknownTenant);
    const own = await asked({ accountId: shared.accountId });
    expect(own).toMatchObject({ status: 200, body: { allowed: false, paths: [] } });

    const who = async (tenantId: string) => {
      const path = `/access/who-can?permission=things:read&tenantId=${tenantId}`;
      return shownBy(await acme.admin.ask('GET', path));
    };
    expect((await who(newId())).status).toBe(404);
    expect(await who(globex.tenantId)).toEqual(await who(newId()));
  });

  it('AD-2: AD-1: neither gives nor names what belongs to another tenant', async () => {
    const reader = await roleId(app, 'reader');
    const accountId = acme.admin.accountId;
    const before = await contents(app);
    const asked = async (path: string, body: object) =>
      shownBy(await acme.admin.ask('POST', path, { body }));
    const given = (body: object) => asked('/assignments', { accountId, roleId: reader, ...body });
    for (const [name, foreign] of [
      ['accountId', globex.member.accountId],
      ['roleId', globex.roleId],
      ['tenantId', globex.tenantId],
    ] as const) {
      const unknown = await given({ [name]: newId() });
      expect([name, unknown.status]).toEqual([name, 404]);
      expect([name, await given({ [name]: foreign })]).toEqual([name, unknown]);
    }
    const child = (parent: string) =>
      asked('/roles', { name: 'heir', permissions: [], parents: [parent] });
    expect((await child(newId())).status).toBe(400);
    expect(await child(globex.roleId)).toEqual(await child(newId()));
    const heir = await acme.admin.ask('PATCH', `/roles/${acme.roleId}`, {
      body: { parents: [globex.roleId] },
    });
    expect(heir.status).toBe(400);
    for (const tenantId of [globex.tenantId, null]) {
      const body = { name: 'elsewhere', permissions: [], parents: [], tenantId };
      expect((await asked('/roles', body)).status).toBe(400);
    }
    expect((await given({ tenantId: null })).status).toBe(400);
    expect(await contents(app)).toEqual(before);
  });

  it('AD-1: changes no role and takes no assignment that reaches beyond the tenant', async () => {
    const everywhere = await signedIn(app);
    const assignmentId = await hold(app, everywhere.accountId, 'reader');
    await hold(app, everywhere.accountId, 'reader', acme.tenantId);
    const removed = await acme.admin.ask('DELETE', `/assignments/${assignmentId}`);
    expect(removed.status).toBe(404);
    const root = await signedIn(app, { roles: ['administrator'] });
    const body = { name: 'everywhere', permissions: ['things:read'], parents: [] };
    const { id } = (await root.ask('POST', '/roles', { body })).body as { id: string };
    const path = `/roles/${id}`;
    expect((await acme.admin.ask('GET', path)).status).toBe(200);
    expect((await acme.admin.ask('PATCH', path, { body: { permissions: [] } })).status).toBe(403);
    expect((await acme.admin.ask('DELETE', path)).status).toBe(403);
  });

  it('AD-2: names its roles as it likes, and never learns that another tenant did', async () => {
    const body = { name: globex.roleName, permissions: [], parents: [] };
    const made = await acme.admin.ask('POST', '/roles', { body });
    expect([made.status, made.body]).toMatchObject([201, { tenantId: acme.tenantId }]);
    await acme.admin.ask('DELETE', `/roles/${(made.body as { id: string }).id}`);
  });

  it('AD-1: AD-10: is not moved to another tenant by a header, a parameter or a body', async () => {
    const headers = { 'X-Tenant-Id': globex.tenantId, 'X-User-Id': globex.admin.accountId };
    const listed = await acme.admin.ask('GET', '/users', { headers });
    expect(listed.status).toBe(200);
    expectNothingOfGlobex(listed);
    const asUser = await acme.admin.ask('GET', `/users/${globex.member.accountId}`, { headers });
    expect(asUser.status).toBe(404);
    for (const path of ['/users', '/roles', '/audit', '/tenants', '/access/who-can']) {
      const named = `${path}?tenantId=${globex.tenantId}`;
      expect([path, (await acme.admin.ask('GET', named)).status >= 400]).toEqual([path, true]);
    }
    const role = { name: 'moved', permissions: [], parents: [] };
    const path = `/roles?tenantId=${globex.tenantId}`;
    const made = await acme.admin.ask('POST', path, { headers, body: role });
    expect(made.body).toMatchObject({ tenantId: acme.tenantId });
  });

  it('AD-1: ends of a shared account only the sessions of its own tenant', async () => {
    const ended = await acme.admin.ask('DELETE', `/users/${shared.accountId}/sessions`);
    expect(ended.status).toBe(204);
    expect((await sharedInAcme.get('/things/mine')).status).toBe(401);
    expect((await sharedInGlobex.get('/things/mine')).status).toBe(200);
  });
});

describe('where a header names the tenant', () => {
  let other: AuthApp;

  beforeAll(async () => {
    other = await startAuthApp({ database, options: { tenancy: { source: 'header' } } });
  });
  afterAll(() => other.close());

  it('AD-1: only a tenant in which the caller holds something is there', async () => {
    const admin = new AdminClient(other, acme.admin.accountId, acme.admin.email);
    await admin.login(admin.email);
    const users = (tenantId?: string) =>
      admin.ask('GET', '/users', {
        headers: tenantId === undefined ? {} : { 'X-Tenant-Id': tenantId },
      });
    expect((await users()).status).toBe(403);
    const own = await users(acme.tenantId);
    expect(own.status).toBe(200);
    expectNothingOfGlobex(own);
    const unknown = shownBy(await users(newId()));
    expect(unknown.status).toBe(404);
    expect(shownBy(await users(globex.tenantId))).toEqual(unknown);
    await admin.actIn(acme.tenantId);
    expect((await users(acme.tenantId)).status).toBe(200);
    expect(shownBy(await users(globex.tenantId))).toEqual(unknown);
  });
});
