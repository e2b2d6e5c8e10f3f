import { newId } from '../../src/database/identifiers';
import { startAuthApp, type AuthApp } from '../support/auth-app';
import { statusOfUnknown } from '../support/web-framework';
import { ask, contents, roleId, signedIn, tenant, type AdminClient } from './administration-app';

let app: AuthApp;
let root: AdminClient;
/** Real ids: whatever widened a query would find something. */
let known: { readonly user: string; readonly role: string; readonly tenant: string };

beforeAll(async () => {
  app = await startAuthApp();
  root = await signedIn(app, { roles: ['administrator'] });
  const role = { name: 'plain', permissions: ['things:read'], parents: [] };
  const made = await root.ask('POST', '/roles', { body: role });
  known = {
    user: (await signedIn(app, { roles: ['reader'] })).accountId,
    role: (made.body as { id: string }).id,
    tenant: await tenant(app, 'acme'),
  };
});

afterAll(() => app.close());

const PAGE = ['limit', 'cursor'];

/** The lists with their parameters; identifiers are those that must name something. */
const LISTS: readonly (readonly [path: string, identifiers: string[], others: string[]])[] = [
  ['/users?', ['status'], ['q']],
  ['/users/:id/sessions?', [], []],
  ['/roles?', ['origin'], ['q']],
  ['/assignments?', ['accountId', 'roleId', 'tenantId'], []],
  ['/tenants?', [], []],
  ['/audit?', ['actor', 'account', 'from', 'to'], ['target', 'action']],
  ['/access/who-can?permission=auth.users:read&', ['tenantId'], []],
  ['/access/who-can?', ['permission'], []],
];

const HOSTILE_TEXTS = [
  "'",
  '"',
  ';--',
  "' OR true --",
  "x') OR 1=1 --",
  'id;select pg_sleep(5)',
  '\\',
  '%',
  '_',
  '\0',
  '\u2028',
  '../../etc/passwd',
  '${7*7}',
  '{"$ne":""}',
  '{"_type":"not","_value":"x"}',
  'x'.repeat(3000),
  '\u{1F600}'.repeat(500),
  'undefined',
  'null',
  '[object Object]',
  '018F0000-0000-7000-8000-000000000000',
];

/** The worst of them, for what is asked many times. */
const WORST_TEXTS = HOSTILE_TEXTS.filter(
  (text) => text.length < 100 && (/[^\w%;.]/.test(text) || text === 'null'),
).slice(0, 12);

const NO_LIMITS = [
  '0',
  '-1',
  '101',
  '1e9',
  '1000000000',
  '1e1',
  'NaN',
  '5.0',
  ' 5',
  '+5',
  '0x5',
  '05',
];

const listed = (path: string) => path.replace(':id', known.user);

describe('the parameters of lists', () => {
  it('AD-3: hostile texts are refused or match nothing, and none reaches the database as SQL', async () => {
    for (const [path, identifiers, others] of LISTS) {
      for (const name of [...PAGE, ...identifiers, ...others]) {
        const asked = (text: string) =>
          root.ask('GET', `${listed(path)}${name}=${encodeURIComponent(text)}`);
        const answers = await Promise.all(HOSTILE_TEXTS.map(async (text) => asked(text)));
        for (const [index, { status, body }] of answers.entries()) {
          const text = HOSTILE_TEXTS[index];
          const found = status === 200 ? (body as { items: unknown[] }).items : [];
          expect([path, name, text, [200, 400].includes(status)]).toEqual([path, name, text, true]);
          expect([path, name, text, found]).toEqual([path, name, text, []]);
          if (!others.includes(name)) expect([path, name, status]).toEqual([path, name, 400]);
        }
      }
    }
  });

  it('AD-3: bytes that are no UTF-8, and names of every object, are refused or match nothing', async () => {
    for (const [path] of LISTS) {
      for (const query of [
        'q=%ff%fe',
        '%ff=1',
        '__proto__=x',
        'constructor=x',
        'toString=x',
        '=x',
      ]) {
        const { status, body } = await root.ask('GET', `${listed(path)}${query}`);
        const found = status === 200 ? (body as { items: unknown[] }).items : [];
        expect([path, query, [200, 400].includes(status), found]).toEqual([path, query, true, []]);
      }
    }
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it('AD-4: a limit is a whole number from 1 to 100 in decimal digits', async () => {
    for (const [path] of LISTS.slice(0, -1)) {
      for (const limit of NO_LIMITS) {
        const target = `${listed(path)}limit=${encodeURIComponent(limit)}`;
        const { status, body } = await root.ask('GET', target);
        expect([target, status]).toEqual([target, 400]);
        expect(body).toMatchObject({ errors: [{ field: 'limit' }] });
      }
      expect((await root.ask('GET', `${listed(path)}limit=100`)).status).toBe(200);
      const { body } = await root.ask('GET', `${listed(path)}limit=1`);
      expect((body as { items: unknown[] }).items.length).toBeLessThanOrEqual(1);
    }
  });

  it('AD-5: AD-6: HT-2: an identifier is given once, as a text, and never widens by being empty', async () => {
    const id = newId();
    for (const [path, identifiers] of LISTS) {
      for (const name of [...PAGE, ...identifiers]) {
        for (const spelt of [
          `${name}=`,
          name,
          `${name}[]=`,
          `${name}[]=${id}`,
          `${name}[not]=x`,
          `${name}[id]=null`,
          `${name}=${id}&${name}=${id}`,
          `${name}[0]=${id}`,
          `${name.toUpperCase()}=${id}`,
        ]) {
          const { status } = await root.ask('GET', `${listed(path)}${spelt}`);
          expect([path, spelt, status]).toEqual([path, spelt, 400]);
        }
      }
    }
  });

  it.each([
    '2026-02-30T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-01T24:00:01Z',
    '2026-01-01T00:00:60Z',
    '2026-01-01T00:00:00',
    '2026-01-01T00:00:00+01:00',
    '2026-01-01',
    '1969-12-31T23:59:59Z',
    '1767225600',
  ])('%s is no time', async (time) => {
    const { status } = await root.ask('GET', `/audit?from=${encodeURIComponent(time)}`);
    const given = { accountId: known.user, roleId: known.role, validUntil: time };
    const assigned = await root.ask('POST', '/assignments', { body: given });
    expect([status, assigned.status]).toEqual([400, 400]);
  });

  it('AD-3: a cursor of another list only points elsewhere in the same list', async () => {
    const { body } = await root.ask('GET', '/audit?limit=1');
    const { nextCursor } = body as { nextCursor: string };
    const users = await root.ask('GET', `/users?cursor=${nextCursor}`);
    expect(users.status).toBe(200);
    for (const item of (users.body as { items: object[] }).items) {
      expect(Object.keys(item)).toContain('email');
    }
  });
});

describe('identifiers in paths', () => {
  it('AD-5: what is no id is not found, and changes nothing', async () => {
    const before = await contents(app);
    const bad = [
      ...HOSTILE_TEXTS.filter((text) => text.length < 3000),
      ' ',
      '*',
      '0',
      '..%2f',
      '%',
    ];
    for (const text of bad) {
      const id = encodeURIComponent(text);
      for (const [method, path] of [
        ['GET', `/users/${id}`],
        ['PATCH', `/users/${id}`],
        ['POST', `/users/${id}/disable`],
        ['POST', `/users/${id}/enable`],
        ['POST', `/users/${id}/unlock`],
        ['GET', `/users/${id}/sessions`],
        ['DELETE', `/users/${id}/sessions`],
        ['DELETE', `/users/${known.user}/sessions/${id}`],
        ['GET', `/roles/${id}`],
        ['PATCH', `/roles/${id}`],
        ['DELETE', `/roles/${id}`],
        ['DELETE', `/assignments/${id}`],
        ['GET', `/tenants/${id}`],
        ['PATCH', `/tenants/${id}`],
        ['POST', `/keys/${id}/revoke`],
      ] as const) {
        const body = method === 'PATCH' ? {} : undefined;
        const { status } = await root.ask(method, path, { body });
        expect([method, path, status]).toEqual([method, path, statusOfUnknown(id)]);
      }
    }
    expect(await contents(app)).toEqual(before);
  });

  it('AD-5: a tenant is not found under its key, nor without an id', async () => {
    expect((await root.ask('GET', '/tenants/acme')).status).toBe(404);
    expect((await root.ask('DELETE', '/assignments/')).status).toBe(404);
    expect((await root.ask('DELETE', '/roles')).status).toBe(404);
  });
});

interface Writing {
  readonly method: 'POST' | 'PATCH';
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** Members that null takes away. */
  readonly nullable?: readonly string[];
}

/** Every route that takes a body, with one that it accepts. */
async function writings(): Promise<readonly Writing[]> {
  const reader = await roleId(app, 'reader');
  const given = { accountId: known.user, roleId: known.role, tenantId: known.tenant };
  return [
    { method: 'POST', path: '/users', body: { email: 'new@example.test', displayName: 'New' } },
    {
      method: 'PATCH',
      path: `/users/${known.user}`,
      body: { displayName: 'Other' },
      nullable: ['displayName'],
    },
    {
      method: 'POST',
      path: '/roles',
      body: { name: 'new', description: 'New.', permissions: ['things:read'], parents: [reader] },
    },
    {
      method: 'PATCH',
      path: `/roles/${known.role}`,
      body: { name: 'other', description: 'x', permissions: ['things:write'], parents: [reader] },
      nullable: ['description'],
    },
    {
      method: 'POST',
      path: '/assignments',
      body: {
        ...given,
        validFrom: '2026-01-01T00:00:00Z',
        validUntil: '2126-01-01T00:00:00Z',
        reason: 'why',
      },
    },
    { method: 'POST', path: '/tenants', body: { id: newId(), key: 'new', name: 'New' } },
    {
      method: 'PATCH',
      path: `/tenants/${known.tenant}`,
      body: { name: 'Other', status: 'disabled' },
    },
    {
      method: 'POST',
      path: '/access/explain',
      body: { accountId: known.user, permission: 'things:read', tenantId: known.tenant },
    },
  ];
}

const NO_SCALARS: readonly unknown[] = [
  {},
  { $ne: '' },
  { _type: 'not', _value: 'x' },
  { id: null },
  { where: {} },
  [[]],
  [{}],
  [null],
  [1],
  0,
  1,
  true,
];

const SMUGGLED = [
  '"role":"administrator"',
  '"roles":["administrator"]',
  '"isAdmin":true',
  '"emailVerified":true',
  '"status":"admin"',
  '"origin":"code"',
  '"password":"a long enough pass phrase 42"',
  '"passwordHash":"x"',
  '"password_hash":"x"',
  '"securityEpoch":0',
  '"createdBy":null',
  '"actorId":null',
  '"userId":"x"',
  '"sub":"x"',
  '"activation":{"version":1,"roleIds":[]}',
  '"within":{}',
  '"__proto__":{"isAdmin":true}',
  '"constructor":{"prototype":{"isAdmin":true}}',
  '"prototype":{}',
  '"toString":"x"',
];

describe('bodies', () => {
  it('AD-6: AD-5: HT-2: only values of the declared kind are accepted, and nothing is converted', async () => {
    const before = await contents(app);
    for (const { method, path, body, nullable = [] } of await writings()) {
      for (const [name, right] of Object.entries(body)) {
        const wrong = Array.isArray(right)
          ? ['things:read', { 0: 'things:read' }, ...NO_SCALARS]
          : [[right], ...NO_SCALARS];
        for (const value of nullable.includes(name) ? wrong : [null, ...wrong]) {
          const response = await root.ask(method, path, { body: { ...body, [name]: value } });
          const seen = JSON.stringify(value);
          expect([path, name, seen, response.status]).toEqual([path, name, seen, 400]);
        }
      }
    }
    expect(await contents(app)).toEqual(before);
  });

  it('AD-3: hostile texts in every member never fail the server', async () => {
    for (const { method, path, body } of await writings()) {
      for (const [name, right] of Object.entries(body)) {
        const texts = [...WORST_TEXTS, 'x'.repeat(3000), '\ud800', 'a\0b'];
        const statuses = await Promise.all(
          texts.map(async (text) => {
            const value = Array.isArray(right) ? [text] : text;
            const sent = { body: { ...body, [name]: value } };
            return (await root.ask(method, path, sent)).status;
          }),
        );
        const failed = texts.filter((_, index) => (statuses[index] ?? 500) >= 500);
        expect([path, name, failed]).toEqual([path, name, []]);
      }
    }
  });

  it('AZ-4: a member that a route does not declare is refused, with everything beside it', async () => {
    const before = await contents(app);
    for (const { method, path, body } of await writings()) {
      for (const member of SMUGGLED) {
        if ('status' in body && member.startsWith('"status"')) continue;
        const text = `${JSON.stringify(body).slice(0, -1)},${member}}`;
        const response = await root.ask(method, path, { body: text });
        expect([path, member, response.status]).toEqual([path, member, 400]);
      }
    }
    expect(await contents(app)).toEqual(before);
    expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined();
  });

  it('HT-2: are objects, and say that they are JSON', async () => {
    for (const { method, path } of await writings()) {
      for (const body of ['[]', '"x"', 'null', '1', '{', '[{}]']) {
        const { status } = await root.ask(method, path, { body });
        expect([path, body, status]).toEqual([path, body, 400]);
      }
      const form = await ask(app, method, `/admin${path}`, {
        headers: { Authorization: `Bearer ${root.accessToken}` },
      })
        .set('Content-Type', 'application/x-www-form-urlencoded')
        .send('email=form@example.test');
      expect([path, form.status]).toEqual([path, 415]);
    }
  });

  it('AD-10: who acts is told by the token alone', async () => {
    const other = known.user;
    const headers = { 'X-User-Id': other, 'X-Actor-Id': other, 'X-Forwarded-User': other };
    const path = `/users?userId=${other}&sub=${other}`;
    const body = { email: 'made-by@example.test' };
    const made = await root.ask('POST', path, { body, headers });
    expect(made.status).toBe(201);
    const { id } = made.body as { id: string };
    const { body: events } = await root.ask('GET', `/audit?account=${id}`);
    expect((events as { items: object[] }).items).toMatchObject([{ actorId: root.accountId }]);
    const anonymous = await ask(app, 'POST', `/admin${path}`, { body, headers });
    expect(anonymous.status).toBe(401);
  });
});
