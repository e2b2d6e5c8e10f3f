import { newId } from '../../src/database/identifiers';
import { startAuthApp, type AuthApp } from '../support/auth-app';
import { BodyClient } from '../support/session-client';
import { adminRoutes, problemOf, roleId, signedIn, type AdminClient } from './administration-app';

const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const ANY_TIME = expect.stringMatching(ISO) as unknown;
const ANY_ID = expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown;

let app: AuthApp;
let root: AdminClient;

beforeAll(async () => {
  app = await startAuthApp();
  root = await signedIn(app, { roles: ['administrator'] });
});

afterAll(() => app.close());

interface List {
  readonly items: Record<string, unknown>[];
  readonly nextCursor: string | null;
}

async function list(path: string): Promise<List> {
  const response = await root.ask('GET', path);
  expect(response.status).toBe(200);
  expect(Object.keys(response.body as object).sort()).toEqual(['items', 'nextCursor']);
  expect(response.headers['cache-control']).toBe('no-store');
  return response.body as List;
}

async function made(path: string, body: object): Promise<Record<string, unknown> & { id: string }> {
  const response = await root.ask('POST', path, { body });
  expect(response.status).toBe(201);
  return response.body as Record<string, unknown> & { id: string };
}

/** Every item of a list, two at a time. */
async function walk(path: string): Promise<unknown[]> {
  const items: unknown[] = [];
  let cursor = '';
  do {
    const page = await list(`${path}${path.includes('?') ? '&' : '?'}limit=2${cursor}`);
    expect(page.items.length).toBeLessThanOrEqual(2);
    items.push(...page.items);
    cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
  } while (cursor !== '');
  return items;
}

describe('users', () => {
  it('are created without a password, shown, listed and changed', async () => {
    const user = await made('/users', { email: ' Ada@Example.TEST ', displayName: 'Ada' });
    const shown = {
      id: ANY_ID,
      email: 'Ada@example.test',
      emailVerified: false,
      displayName: 'Ada',
      status: 'active',
      createdAt: ANY_TIME,
    };
    expect(user).toEqual(shown);
    expect((await root.ask('GET', `/users/${user.id}`)).body).toEqual(user);
    expect((await list('/users?q=ADA@&status=active')).items).toEqual([user]);
    expect((await list('/users?q=ada@&status=disabled')).items).toEqual([]);
    const [row] = await app.sql('SELECT password_hash FROM auth.accounts WHERE id = $1', [user.id]);
    expect(row).toEqual({ password_hash: null });

    const renamed = await root.ask('PATCH', `/users/${user.id}`, { body: { displayName: null } });
    expect([renamed.status, renamed.body]).toEqual([200, { ...user, displayName: null }]);
    const untouched = await root.ask('PATCH', `/users/${user.id}`, { body: {} });
    expect(untouched.body).toEqual(renamed.body);
  });

  it('have one account for each address', async () => {
    await made('/users', { email: 'twice@example.test' });
    const again = await root.ask('POST', '/users', { body: { email: 'TWICE@example.test' } });
    expect(problemOf(again)).toEqual([409, 'conflict']);
  });

  it('are disabled and enabled, and each change names who made it and from where', async () => {
    const person = await signedIn(app);
    const path = `/users/${person.accountId}`;
    expect((await root.ask('POST', `${path}/disable`)).status).toBe(204);
    expect((await person.get('/things/mine')).status).toBe(401);
    expect((await root.ask('GET', path)).body).toMatchObject({ status: 'disabled' });
    expect(problemOf(await root.ask('POST', `${path}/disable`))).toEqual([409, 'conflict']);
    expect((await root.ask('POST', `${path}/enable`)).status).toBe(204);
    expect((await new BodyClient(app).login(person.email)).status).toBe(200);
    const { items } = await list(`/audit?account=${person.accountId}&actor=${root.accountId}`);
    expect(items.map(({ action }) => action)).toEqual(['user_enabled', 'user_disabled']);
    expect(items[0]).toMatchObject({ actorId: root.accountId, ip: '127.0.0.1' });
  });

  it('are unlocked after too many wrong guesses', async () => {
    const person = await signedIn(app);
    await new BodyClient(app).login(person.email, 'a wrong one, once more');
    await app.sql('UPDATE auth.guesses SET failures = 100');
    expect((await new BodyClient(app).login(person.email)).status).toBe(429);
    const unlocked = await root.ask('POST', `/users/${person.accountId}/unlock`);
    expect(unlocked.status).toBe(204);
    expect((await new BodyClient(app).login(person.email)).status).toBe(200);
  });

  it('AD-7: the last administrator is never disabled', async () => {
    const refused = await root.ask('POST', `/users/${root.accountId}/disable`);
    expect(problemOf(refused)).toEqual([409, 'last_administrator']);
  });

  it('have sessions, of which one or all are ended', async () => {
    const person = await signedIn(app);
    const other = new BodyClient(app);
    await other.login(person.email);
    const path = `/users/${person.accountId}/sessions`;
    const sessions = await walk(path);
    expect(sessions).toEqual(
      [other.sessionId, person.sessionId].map((id) => ({
        id,
        tenantId: null,
        userAgent: null,
        ip: '127.0.0.1',
        transport: 'body',
        amr: ['pwd'],
        createdAt: ANY_TIME,
        lastSeenAt: ANY_TIME,
        expiresAt: ANY_TIME,
      })),
    );

    const stranger = await signedIn(app);
    const foreign = `/users/${stranger.accountId}/sessions/${person.sessionId}`;
    expect(problemOf(await root.ask('DELETE', foreign))).toEqual([404, 'not_found']);
    expect((await root.ask('DELETE', `${path}/${person.sessionId}`)).status).toBe(204);
    expect((await person.get('/things/mine')).status).toBe(401);
    expect((await other.get('/things/mine')).status).toBe(200);

    expect((await root.ask('DELETE', path)).status).toBe(204);
    expect((await other.get('/things/mine')).status).toBe(401);
    expect((await list(path)).items).toEqual([]);
    const unknown = await root.ask('DELETE', `/users/${newId()}/sessions`);
    expect(problemOf(unknown)).toEqual([404, 'not_found']);
  });
});

describe('roles', () => {
  it('are created, shown, listed, changed and deleted', async () => {
    const reader = await roleId(app, 'reader');
    const role = await made('/roles', {
      name: 'copyist',
      description: 'Copies.',
      permissions: ['things:write'],
      parents: [reader],
    });
    expect(role).toEqual({
      id: ANY_ID,
      name: 'copyist',
      description: 'Copies.',
      origin: 'database',
      tenantId: null,
      permissions: ['things:write'],
      parents: [{ id: reader, name: 'reader' }],
      createdAt: ANY_TIME,
      updatedAt: ANY_TIME,
    });
    const path = `/roles/${role.id}`;
    expect((await root.ask('GET', path)).body).toEqual(role);
    expect((await list('/roles?q=OPYI&origin=database')).items).toEqual([role]);
    expect((await list('/roles?q=OPYI&origin=code')).items).toEqual([]);

    const change = { name: 'scribe', description: null, permissions: ['things:*'], parents: [] };
    const changed = await root.ask('PATCH', path, { body: change });
    expect(changed.status).toBe(200);
    expect(changed.body).toEqual({ ...role, ...change, updatedAt: ANY_TIME });

    expect((await root.ask('DELETE', path)).status).toBe(204);
    expect(problemOf(await root.ask('GET', path))).toEqual([404, 'not_found']);
    expect(problemOf(await root.ask('DELETE', path))).toEqual([404, 'not_found']);
  });

  it('of code are marked and read-only', async () => {
    const path = `/roles/${await roleId(app, 'writer')}`;
    const { body } = await root.ask('GET', path);
    expect(body).toMatchObject({ origin: 'code', permissions: ['things:write'] });
    const changed = await root.ask('PATCH', path, { body: { description: 'mine now' } });
    expect(problemOf(changed)).toEqual([409, 'conflict']);
    expect(problemOf(await root.ask('DELETE', path))).toEqual([409, 'conflict']);
  });

  it('never inherit themselves, and stay while somebody holds them', async () => {
    const one = await made('/roles', { name: 'one', permissions: ['things:read'], parents: [] });
    const two = await made('/roles', { name: 'two', permissions: [], parents: [one.id] });
    const cycle = await root.ask('PATCH', `/roles/${one.id}`, { body: { parents: [two.id] } });
    expect(problemOf(cycle)).toEqual([409, 'role_cycle']);
    const person = await signedIn(app);
    await made('/assignments', { accountId: person.accountId, roleId: two.id });
    expect(problemOf(await root.ask('DELETE', `/roles/${two.id}`))).toEqual([409, 'conflict']);
  });
});

describe('assignments', () => {
  it('are made with a validity and a reason, listed by each filter, and taken away', async () => {
    const person = await signedIn(app);
    const reader = await roleId(app, 'reader');
    const tenant = await made('/tenants', { key: 'assigned', name: 'Assigned' });
    const assignment = await made('/assignments', {
      accountId: person.accountId,
      roleId: reader,
      tenantId: tenant.id,
      validFrom: '2026-01-01T00:00:00Z',
      validUntil: '2126-01-31T12:00:00.5Z',
      reason: 'covers\nfor a colleague',
    });
    expect(assignment).toEqual({
      id: ANY_ID,
      accountId: person.accountId,
      roleId: reader,
      role: 'reader',
      tenantId: tenant.id,
      validFrom: '2026-01-01T00:00:00.000Z',
      validUntil: '2126-01-31T12:00:00.500Z',
      reason: 'covers\nfor a colleague',
      createdBy: root.accountId,
      createdAt: ANY_TIME,
    });
    const everywhere = await made('/assignments', { accountId: person.accountId, roleId: reader });
    expect(everywhere).toMatchObject({ tenantId: null, validFrom: null, validUntil: null });
    expect((await person.get('/things')).status).toBe(200);

    const mine = `/assignments?accountId=${person.accountId}`;
    expect(await walk(mine)).toEqual([everywhere, assignment]);
    expect((await list(`${mine}&tenantId=${tenant.id}`)).items).toEqual([assignment]);
    expect((await list(`${mine}&roleId=${newId()}`)).items).toEqual([]);
    const again = await root.ask('POST', '/assignments', {
      body: { accountId: person.accountId, roleId: reader },
    });
    expect(problemOf(again)).toEqual([409, 'conflict']);

    expect((await root.ask('DELETE', `/assignments/${everywhere.id}`)).status).toBe(204);
    expect((await person.get('/things')).status).toBe(403);
    expect((await list(mine)).items).toEqual([assignment]);
  });

  it.each([
    ['an unknown account', () => ({ accountId: newId() }), 404],
    ['an unknown role', () => ({ roleId: newId() }), 404],
    ['an unknown tenant', () => ({ tenantId: newId() }), 404],
  ])('are not made for %s', async (_, wrong, status) => {
    const right = { accountId: root.accountId, roleId: await roleId(app, 'reader') };
    const refused = await root.ask('POST', '/assignments', { body: { ...right, ...wrong() } });
    expect(refused.status).toBe(status);
  });
});

describe('permissions and access', () => {
  it('shows the catalogue', async () => {
    const { items } = await list('/permissions');
    const tenants = { name: 'auth.tenants:read', resource: 'auth.tenants', action: 'read' };
    expect(items).toContainEqual(tenants);
    expect(items.slice(-2)).toEqual([
      { name: 'things:read', resource: 'things', action: 'read' },
      { name: 'things:write', resource: 'things', action: 'write' },
    ]);
  });

  it('explains a decision, by which path and what would change it', async () => {
    const person = await signedIn(app, { roles: ['writer'] });
    const question = { accountId: person.accountId, permission: 'things:read' };
    const allowed = await root.ask('POST', '/access/explain', { body: question });
    expect(allowed.status).toBe(200);
    expect(allowed.body).toMatchObject({
      allowed: true,
      code: 'allowed',
      paths: [{ roles: ['writer', 'reader'], grant: 'things:read', effective: true }],
      wouldAllow: [],
    });
    const denied = await root.ask('POST', '/access/explain', {
      body: { ...question, permission: 'auth.audit:read' },
    });
    expect(denied.body).toMatchObject({ allowed: false, code: 'permission_missing', paths: [] });
    expect(denied.body.wouldAllow).not.toEqual([]);
  });

  it('says who may do something', async () => {
    const person = await signedIn(app, { roles: ['writer'] });
    const items = await walk('/access/who-can?permission=things:write');
    expect(items).toContainEqual({
      id: person.accountId,
      email: person.email,
      displayName: null,
      roles: ['writer'],
    });
    const unknown = await root.ask('GET', '/access/who-can?permission=things:burn');
    expect(problemOf(unknown)).toEqual([400, 'validation_failed']);
  });

  it('says of every route what it needs', async () => {
    const { items } = await list('/access/routes');
    expect(items).toContainEqual(
      expect.objectContaining({
        operation: 'POST',
        name: '/admin/keys/rotate',
        needs: { permissions: ['auth.keys:rotate'], stepUp: { maxAgeSeconds: 900 } },
        roles: ['administrator'],
      }),
    );
    const names = items.map(({ operation, name }) => `${String(operation)} ${String(name)}`);
    for (const { method, path } of adminRoutes(app)) expect(names).toContain(`${method} ${path}`);
  });
});

describe('the audit', () => {
  it('is filtered by each parameter, and read page by page', async () => {
    const user = await made('/users', { email: 'audited@example.test' });
    await root.ask('PATCH', `/users/${user.id}`, { body: { displayName: 'Audited' } });
    const about = `/audit?account=${user.id}`;
    const events = (await walk(about)) as Record<string, unknown>[];
    expect(events.map(({ action }) => action)).toEqual(['user_updated', 'user_created']);
    expect(Object.keys(events[0] ?? {}).sort()).toEqual([
      'accountId',
      'action',
      'actorId',
      'details',
      'id',
      'ip',
      'occurredAt',
      'outcome',
      'requestId',
      'sessionId',
      'target',
      'tenantId',
      'userAgent',
    ]);
    expect((await list(`${about}&action=user_created`)).items).toEqual(events.slice(1));
    expect((await list(`${about}&action=user_erased`)).items).toEqual([]);
    expect((await list(`${about}&actor=${newId()}`)).items).toEqual([]);
    const at = String(events[0]?.['occurredAt']);
    expect((await list(`${about}&from=${at}&to=2126-01-01T00:00:00Z`)).items).toEqual(
      events.slice(0, 1),
    );
    expect((await list(`${about}&to=2026-01-01T00:00:00Z`)).items).toEqual([]);

    await made('/roles', { name: 'noted', permissions: [], parents: [] });
    const { items } = await list('/audit?target=role:noted');
    expect(items).toMatchObject([{ action: 'role_created', actorId: root.accountId }]);
  });
});

describe('tenants', () => {
  it('are registered, shown, listed, renamed and disabled', async () => {
    const tenant = await made('/tenants', { key: 'acme', name: 'Acme' });
    const shown = { id: ANY_ID, key: 'acme', name: 'Acme', status: 'active', createdAt: ANY_TIME };
    expect(tenant).toEqual(shown);
    const path = `/tenants/${tenant.id}`;
    expect((await root.ask('GET', path)).body).toEqual(tenant);
    expect(await walk('/tenants')).toContainEqual(tenant);
    const change = { name: 'Acme Ltd.', status: 'disabled' };
    const changed = await root.ask('PATCH', path, { body: change });
    expect([changed.status, changed.body]).toEqual([200, { ...tenant, ...change }]);
    const again = await root.ask('POST', '/tenants', { body: { key: 'acme', name: 'Acme' } });
    expect(problemOf(again)).toEqual([409, 'conflict']);
    const id = newId();
    expect(await made('/tenants', { id, key: 'given', name: 'Given' })).toMatchObject({ id });
  });
});
