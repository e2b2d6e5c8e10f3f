import type { Response } from 'supertest';
import { AssignmentsService } from '../../src/access/assignments.service';
import { defineAccess } from '../../src/route-access/define-access';
import { startAuthApp, type AuthApp } from '../support/auth-app';
import {
  contents,
  hold,
  roleId,
  signedIn,
  tenant,
  type AdminClient,
  type Method,
} from './administration-app';

const access = defineAccess({
  permissions: { things: ['read', 'write'] },
  roles: {
    reader: { grants: ['things:read'] },
    writer: { inherits: ['reader'], grants: ['things:write'] },
    manager: {
      inherits: ['reader'],
      grants: [
        'auth.users:read',
        'auth.roles:*',
        'auth.assignments:read',
        'auth.assignments:create',
        'auth.assignments:delete',
      ],
    },
    helpdesk: {
      grants: [
        'auth.users:disable',
        'auth.users:enable',
        'auth.sessions:read',
        'auth.sessions:revoke',
      ],
    },
    trustee: { inherits: ['manager'], grants: ['auth.assignments:any', 'auth.audit:read'] },
  },
  separate: [['writer', 'trustee']],
});

let app: AuthApp;
let root: AdminClient;

beforeAll(async () => {
  app = await startAuthApp({ structure: { access } });
  root = await signedIn(app, { roles: ['administrator'] });
});

afterAll(() => app.close());

let roles = 0;

async function roleBy(
  client: AdminClient,
  permissions: readonly string[],
  parents: readonly string[] = [],
): Promise<string> {
  const body = { name: `role-${(roles += 1)}`, permissions, parents };
  const made = await client.ask('POST', '/roles', { body });
  expect([permissions, made.status]).toEqual([permissions, 201]);
  return (made.body as { id: string }).id;
}

function problemOf({ status, body }: Response): unknown[] {
  return [status, (body as { code?: string }).code];
}

type Attempt = readonly [method: Method, path: string, body?: object];

/** Each attempt is denied, and none of them changes anything. */
async function expectDenied(client: AdminClient, attempts: readonly Attempt[]): Promise<void> {
  const before = await contents(app);
  for (const [method, path, body] of attempts) {
    const response = await client.ask(method, path, { body });
    expect([method, path, body, ...problemOf(response)]).toEqual([
      method,
      path,
      body,
      403,
      'forbidden',
    ]);
  }
  expect(await contents(app)).toEqual(before);
}

describe('whoever may give roles', () => {
  it('AZ-5: gives none that holds more than they hold, to nobody', async () => {
    const manager = await signedIn(app, { roles: ['manager'] });
    const other = await signedIn(app);
    const above = await roleBy(root, ['things:write']);
    const names = ['administrator', 'writer', 'trustee'];
    const given = [above, ...(await Promise.all(names.map((name) => roleId(app, name))))];
    const attempts = given.flatMap((role) =>
      [manager.accountId, other.accountId].map((accountId): Attempt => [
        'POST',
        '/assignments',
        { accountId, roleId: role },
      ]),
    );
    await expectDenied(manager, attempts);
    const reader = { accountId: other.accountId, roleId: await roleId(app, 'reader') };
    expect((await manager.ask('POST', '/assignments', { body: reader })).status).toBe(201);
  });

  it('AZ-5: makes no role that holds more, by permission, wildcard or parent', async () => {
    const manager = await signedIn(app, { roles: ['manager'] });
    const [writer, administrator] = [
      await roleId(app, 'writer'),
      await roleId(app, 'administrator'),
    ];
    const above = await roleBy(root, ['things:write']);
    const grants = ['things:write', 'things:*', '*', 'auth.*', 'auth.keys:rotate', 'auth.users:*'];
    const body = { name: 'more', permissions: [], parents: [] };
    await expectDenied(manager, [
      ...grants.map((grant): Attempt => ['POST', '/roles', { ...body, permissions: [grant] }]),
      ...[writer, administrator, above].map((parent): Attempt => [
        'POST',
        '/roles',
        { ...body, parents: [parent] },
      ]),
    ]);
  });

  it('AZ-5: widens no role, not one of their making nor one that they hold', async () => {
    const manager = await signedIn(app, { roles: ['manager'] });
    const own = await roleBy(manager, ['things:read', 'auth.roles:*']);
    const held = await roleBy(root, ['things:read']);
    const given = { accountId: manager.accountId, roleId: held };
    expect((await root.ask('POST', '/assignments', { body: given })).status).toBe(201);
    const writer = await roleId(app, 'writer');
    await expectDenied(
      manager,
      [own, held].flatMap((id): Attempt[] => [
        ['PATCH', `/roles/${id}`, { permissions: ['things:write'] }],
        ['PATCH', `/roles/${id}`, { permissions: ['things:read', '*'] }],
        ['PATCH', `/roles/${id}`, { parents: [writer] }],
      ]),
    );
    const narrowed = { permissions: ['things:read'] };
    expect((await manager.ask('PATCH', `/roles/${own}`, { body: narrowed })).status).toBe(200);
  });

  it('AZ-5: neither changes, deletes nor takes away what stands above them', async () => {
    const manager = await signedIn(app, { roles: ['manager'] });
    const above = await roleBy(root, ['things:write']);
    const person = await signedIn(app);
    const writes = await hold(app, person.accountId, 'writer');
    const { body } = await root.ask('GET', `/assignments?accountId=${root.accountId}`);
    const [ofRoot] = (body as { items: { id: string }[] }).items;
    await expectDenied(manager, [
      ['PATCH', `/roles/${above}`, { permissions: [] }],
      ['PATCH', `/roles/${above}`, { description: 'harmless' }],
      ['DELETE', `/roles/${above}`],
      ['DELETE', `/assignments/${writes}`],
      ['DELETE', `/assignments/${ofRoot?.id ?? ''}`],
    ]);
  });

  it('AZ-5: holds in a tenant what holds there, and nothing of it elsewhere', async () => {
    const tenantId = await tenant(app, 'acme');
    const manager = await signedIn(app, { roles: ['manager', 'writer'], tenantId });
    const person = await signedIn(app, { roles: ['reader'], tenantId });
    const given = { accountId: person.accountId, roleId: await roleId(app, 'writer') };
    const made = await manager.ask('POST', '/assignments', { body: given });
    expect([made.status, made.body]).toMatchObject([201, { tenantId }]);
    expect((await person.get('/things')).status).toBe(200);
    await manager.login(manager.email);
    await expectDenied(manager, [
      ['POST', '/assignments', given],
      ['POST', '/assignments', { ...given, tenantId }],
      ['POST', '/roles', { name: 'everywhere', permissions: ['things:read'], parents: [] }],
    ]);
  });

  it('AZ-5: gives with the active roles of the session only', async () => {
    const client = await signedIn(app, { roles: ['administrator', 'manager'] });
    const person = await signedIn(app);
    const chosen = await app
      .post('/auth/session/roles', { active: ['manager'] })
      .set('Authorization', `Bearer ${client.accessToken}`);
    client.accessToken = (chosen.body as { access_token: string }).access_token;
    const [writer, accountId] = [await roleId(app, 'writer'), person.accountId];
    await expectDenied(client, [
      ['POST', '/assignments', { accountId, roleId: writer }],
      ['POST', '/roles', { name: 'wide', permissions: ['things:write'], parents: [] }],
    ]);
  });

  it('AZ-5: gives more only by auth.assignments:any, and the audit says so', async () => {
    const trustee = await signedIn(app, { roles: ['trustee'] });
    const person = await signedIn(app);
    const body = { accountId: person.accountId, roleId: await roleId(app, 'writer') };
    expect((await trustee.ask('POST', '/assignments', { body })).status).toBe(201);
    const path = `/audit?account=${person.accountId}&action=privilege_permissions_changed`;
    const { body: events } = await trustee.ask('GET', path);
    expect((events as { items: object[] }).items).toMatchObject([
      { actorId: trustee.accountId, details: { right: 'auth.assignments:any' } },
    ]);
  });

  it('AZ-9: of two roles that stay apart, given at once, one is refused', async () => {
    const person = await signedIn(app);
    const given = await Promise.all(
      ['writer', 'trustee'].map(async (name) => {
        const body = { accountId: person.accountId, roleId: await roleId(app, name) };
        return problemOf(await root.ask('POST', '/assignments', { body }));
      }),
    );
    expect(given.sort()).toEqual([
      [201, undefined],
      [409, 'separation_of_duty'],
    ]);
  });
});

describe('whoever may act on accounts', () => {
  const actsOn = (id: string, sessionId: string): Attempt[] => [
    ['DELETE', `/users/${id}/sessions/${sessionId}`],
    ['DELETE', `/users/${id}/sessions`],
    ['POST', `/users/${id}/disable`],
    ['POST', `/users/${id}/enable`],
  ];

  it('AZ-5: acts on none with powers of administration beyond their own, by whatever role', async () => {
    const helpdesk = await signedIn(app, { roles: ['helpdesk'] });
    const tenantId = await tenant(app, 'initech');
    const local = await signedIn(app, { roles: ['manager'], tenantId });
    const [stored, later] = [await signedIn(app), await signedIn(app)];
    const through = await roleBy(root, [], [await roleBy(root, ['auth.keys:*'])]);
    const assignments = app.nest.get(AssignmentsService, { strict: false });
    await assignments.assign({ accountId: stored.accountId, roleId: through });
    const validFrom = new Date('2999-01-01');
    await assignments.assign({ accountId: later.accountId, role: 'administrator', validFrom });

    for (const above of [root, local, stored, later]) {
      await expectDenied(helpdesk, actsOn(above.accountId, above.sessionId));
    }
    await app.sql(`UPDATE auth.accounts SET status = 'disabled' WHERE id = $1`, [later.accountId]);
    await expectDenied(helpdesk, [['POST', `/users/${later.accountId}/enable`]]);
  });

  it('AZ-5: in a tenant ends no session of those above them there', async () => {
    const tenantId = await tenant(app, 'umbrella');
    const helpdesk = await signedIn(app, { roles: ['helpdesk'], tenantId });
    const above = await signedIn(app, { roles: ['manager'], tenantId });
    const everywhere = await signedIn(app, { roles: ['reader'], tenantId });
    await hold(app, everywhere.accountId, 'administrator');
    const elsewhere = await signedIn(app, { roles: ['reader'], tenantId });
    await hold(app, elsewhere.accountId, 'manager', await tenant(app, 'hooli'));

    for (const { accountId, sessionId } of [above, everywhere]) {
      await expectDenied(helpdesk, actsOn(accountId, sessionId).slice(0, 2));
    }
    const path = `/users/${elsewhere.accountId}/sessions`;
    expect((await helpdesk.ask('DELETE', path)).status).toBe(204);
  });

  it('acts on others, on their equals, and by auth.assignments:any on everybody', async () => {
    const helpdesk = await signedIn(app, { roles: ['helpdesk'] });
    const people = [
      await signedIn(app, { roles: ['writer'] }),
      await signedIn(app, { roles: ['helpdesk'] }),
    ];
    for (const { accountId, sessionId } of people) {
      for (const [method, path] of actsOn(accountId, sessionId)) {
        expect([path, (await helpdesk.ask(method, path)).status]).toEqual([path, 204]);
      }
    }
    const above = await signedIn(app, { roles: ['trustee', 'manager'] });
    await hold(app, above.accountId, 'helpdesk');
    for (const [method, path] of actsOn(above.accountId, above.sessionId)) {
      expect([path, (await root.ask(method, path)).status]).toEqual([path, 204]);
    }
  });
});

describe('the last administrators', () => {
  async function two(): Promise<readonly (readonly [AdminClient, string])[]> {
    await app.sql('DELETE FROM auth.assignments');
    const clients = [await signedIn(app), await signedIn(app)];
    const ids: (readonly [AdminClient, string])[] = [];
    for (const client of clients) {
      ids.push([client, await hold(app, client.accountId, 'administrator')]);
    }
    return ids;
  }

  async function administrators(): Promise<number> {
    const [row] = await app.sql<{ count: number }>(
      `SELECT count(*)::int AS count FROM auth.assignments s
        JOIN auth.accounts a ON a.id = s.account_id AND a.status = 'active'
        JOIN auth.roles r ON r.id = s.role_id AND r.name = 'administrator'`,
    );
    return row?.count ?? 0;
  }

  it.each([
    [
      'demote',
      (by: AdminClient, assignment: string) => by.ask('DELETE', `/assignments/${assignment}`),
    ],
    ['disable', (by: AdminClient, _: string, id: string) => by.ask('POST', `/users/${id}/disable`)],
  ])('AD-7: of two who %s each other at once, one remains', async (_, attack) => {
    for (let round = 0; round < 4; round += 1) {
      const [one, other] = await two();
      if (one === undefined || other === undefined) throw new Error('two were made');
      const answers = await Promise.all([
        attack(one[0], other[1], other[0].accountId),
        attack(other[0], one[1], one[0].accountId),
      ]);
      const statuses = answers.map(({ status }) => status).sort();
      expect(statuses[0]).toBe(204);
      // Whoever comes second is refused by the rule, or is no administrator any more.
      expect([401, 403, 409]).toContain(statuses[1]);
      expect(await administrators()).toBe(1);
    }
  });

  it('AD-7: does not give the role up', async () => {
    await app.sql('DELETE FROM auth.assignments');
    const last = await signedIn(app);
    const assignment = await hold(app, last.accountId, 'administrator');
    const refused = await last.ask('DELETE', `/assignments/${assignment}`);
    expect(problemOf(refused)).toEqual([409, 'last_administrator']);
    expect(await administrators()).toBe(1);
  });
});
