import { isAccessCatalogue } from '../../src/route-access/access-catalogue';
import { defineAccess } from '../../src/route-access/define-access';
import { LIBRARY_PERMISSIONS } from '../../src/route-access/library-permissions';
import { ConfigurationError } from '../../src/errors/configuration-error';

const unchecked = defineAccess as (declaration: unknown) => unknown;

function problemsOf(declaration: unknown): readonly string[] {
  try {
    unchecked(declaration);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems.map(({ option }) => option);
    throw error;
  }
  return [];
}

describe('defineAccess', () => {
  const access = defineAccess({
    permissions: { invoices: ['read', 'approve'], 'cost-centres': ['read'] },
    roles: {
      viewer: { grants: ['invoices:read'], description: 'Reads.' },
      approver: { inherits: ['viewer'], grants: ['invoices:*', 'invoices:*'] },
      lead: { inherits: ['approver'] },
    },
    separate: [['viewer', 'administrator']],
    separateInSession: [['viewer', 'lead']],
  });

  it('lists the permissions of the library and of the team', () => {
    expect(access.permissions).toEqual([
      ...LIBRARY_PERMISSIONS,
      'invoices:read',
      'invoices:approve',
      'cost-centres:read',
    ]);
  });

  it('adds the reserved role, which grants everything of the library', () => {
    expect(access.roles.administrator).toEqual({ grants: ['auth.*'], inherits: [] });
  });

  it('lets a catalogue widen the reserved role, and never narrow it', () => {
    const widened = defineAccess({
      permissions: { invoices: ['read'] },
      roles: { administrator: { grants: ['invoices:read'] } },
    });

    expect(widened.roles.administrator.grants).toEqual(['auth.*', 'invoices:read']);
  });

  it('says each thing once and cannot be changed', () => {
    expect(access.roles.approver.grants).toEqual(['invoices:*']);
    expect(access.roles.viewer.description).toBe('Reads.');
    for (const part of [
      access,
      access.roles,
      access.roles.viewer.grants,
      access.separate[0],
      access.separateInSession[0],
    ]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
    expect(isAccessCatalogue(access)).toBe(true);
    expect(isAccessCatalogue({ ...access })).toBe(false);
  });

  it('takes a role named like a member of Object for a role and nothing else', () => {
    const { roles } = defineAccess({
      permissions: {},
      roles: { valueOf: { grants: ['auth.*'] } },
    });

    expect(roles.valueOf).toEqual({ grants: ['auth.*'], inherits: [] });
    expect('toString' in roles).toBe(false);
  });

  it.each<[string, unknown, string]>([
    ['an unknown grant', { grants: ['invoices:reed'] }, 'access.roles.r.grants'],
    ['a wildcard of resources', { grants: ['inv*:read'] }, 'access.roles.r.grants'],
    ['a wildcard of everything by halves', { grants: ['*:*'] }, 'access.roles.r.grants'],
    ['a wildcard of one action', { grants: ['*:read'] }, 'access.roles.r.grants'],
    ['another case', { grants: ['Invoices:read'] }, 'access.roles.r.grants'],
    ['a look-alike letter', { grants: ['invoiсes:read'] }, 'access.roles.r.grants'],
    ['an unlisted wildcard', { grants: ['invoices.*'] }, 'access.roles.r.grants'],
    ['an unknown parent', { inherits: ['nobody'] }, 'access.roles.r.inherits'],
    [
      'a parent that every object seems to have',
      { inherits: ['toString'] },
      'access.roles.r.inherits',
    ],
    ['no grants', {}, 'access.roles.r'],
    ['empty grants', { grants: [] }, 'access.roles.r.grants'],
    ['empty parents', { grants: ['*'], inherits: [] }, 'access.roles.r.inherits'],
    ['itself as its parent', { inherits: ['r'] }, 'access.roles'],
  ])('AZ-11: refuses a role with %s', (_, role, option) => {
    expect(problemsOf({ permissions: { invoices: ['read'] }, roles: { r: role } })).toEqual([
      option,
    ]);
  });

  it.each<[string, unknown, string]>([
    ['the namespace of the library', { auth: ['read'] }, 'access.permissions.auth'],
    ['a resource of the library', { 'auth.users': ['ban'] }, 'access.permissions.auth.users'],
    ['a colon in a name', { 'a:b': ['read'] }, 'access.permissions.a:b'],
    ['a star as an action', { a: ['*'] }, 'access.permissions.a: "*"'],
    ['no actions', { a: [] }, 'access.permissions.a'],
    ['an action twice', { a: ['read', 'read'] }, 'access.permissions.a'],
    ['nothing at all', undefined, 'access.permissions'],
  ])('refuses permissions with %s', (_, permissions, option) => {
    expect(problemsOf({ permissions, roles: {} })).toContain(option);
  });

  it('AZ-8: names the roles that inherit from each other', () => {
    const roles = { a: { inherits: ['b'] }, b: { inherits: ['c'] }, c: { inherits: ['a'] } };

    expect(() => unchecked({ permissions: {}, roles })).toThrow('a → b → c → a');
  });

  it('AZ-8: takes diamonds and a depth of thousands', () => {
    const depth = 5000;
    const roles: Record<string, unknown> = { r0: { grants: ['auth.*'] } };
    for (let level = 1; level < depth; level += 1) {
      roles[`r${level}`] = { inherits: [`r${level - 1}`, `r${Math.max(0, level - 2)}`] };
    }

    expect(problemsOf({ permissions: {}, roles })).toEqual([]);
  });

  it('refuses a role that joins what is to be kept apart, however deep', () => {
    const roles = {
      clerk: { grants: ['*'] },
      approver: { grants: ['*'] },
      senior: { inherits: ['approver'] },
      manager: { inherits: ['clerk', 'senior'] },
    };

    expect(problemsOf({ permissions: {}, roles, separate: [['clerk', 'approver']] })).toEqual([
      'access.roles.manager',
    ]);
  });

  it.each([[['a']], [['a', 'a']], [['a', 'nobody']], ['a']])('refuses to keep apart %j', (set) => {
    const roles = { a: { grants: ['*'] } };

    expect(problemsOf({ permissions: {}, roles, separate: [set] })).toContain('access.separate[0]');
  });

  it('keeps roles apart in sessions that one account, and one role, may join', () => {
    expect(access.separateInSession).toEqual([['viewer', 'lead']]);
    expect(defineAccess({ permissions: {}, roles: {} }).separateInSession).toEqual([]);
  });

  it.each([[['a']], [['a', 'a']], [['a', 'nobody']], ['a']])(
    'refuses to keep apart %j in sessions',
    (set) => {
      const roles = { a: { grants: ['*'] } };

      expect(problemsOf({ permissions: {}, roles, separateInSession: [set] })).toContain(
        'access.separateInSession[0]',
      );
    },
  );

  it.each<[string, object, string[]]>([
    ['itself', {}, ['administrator', 'a']],
    ['by what it inherits', { administrator: { inherits: ['b'] } }, ['a', 'c']],
  ])('AD-7: never keeps the administrator apart in sessions, %s', (_, widened, set) => {
    const grants = { grants: ['*'] };
    const roles = { a: grants, b: { inherits: ['c'] }, c: grants, ...widened };

    expect(problemsOf({ permissions: {}, roles, separateInSession: [set] })).toEqual([
      'access.separateInSession[0]',
    ]);
    expect(problemsOf({ permissions: {}, roles, separate: [['a', 'b']] })).toEqual([]);
  });
});
