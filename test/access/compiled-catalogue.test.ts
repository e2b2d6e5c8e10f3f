import * as fc from 'fast-check';
import { CompiledCatalogue } from '../../src/access/compiled-catalogue';
import type { AccessCatalogue } from '../../src/route-access/access-catalogue';
import { defineAccess } from '../../src/route-access/define-access';
import { LIBRARY_PERMISSIONS } from '../../src/route-access/library-permissions';

const define = defineAccess as (declaration: unknown) => AccessCatalogue;

function permissionsOf(catalogue: CompiledCatalogue, ...roles: string[]): readonly string[] {
  return catalogue.permissionsOf(catalogue.grantsOf(roles).bits);
}

describe('CompiledCatalogue', () => {
  const permissions = {
    users: ['read', 'readAll', 'write'],
    usersArchive: ['read'],
    'users.deleted': ['read'],
  };
  const names = [
    'users:read',
    'users:readAll',
    'users:write',
    'usersArchive:read',
    'users.deleted:read',
  ];

  it.each<[string, readonly string[]]>([
    ['users:read', ['users:read']],
    ['users:*', ['users:read', 'users:readAll', 'users:write']],
    ['users.deleted:*', ['users.deleted:read']],
    ['usersArchive:*', ['usersArchive:read']],
    ['*', [...LIBRARY_PERMISSIONS, ...names]],
    ['auth.*', LIBRARY_PERMISSIONS],
    ['auth.keys:*', ['auth.keys:read', 'auth.keys:rotate', 'auth.keys:revoke']],
    ['auth.keys:read', ['auth.keys:read']],
  ])('AZ-11: %s grants exactly what it names', (grant, expected) => {
    const catalogue = new CompiledCatalogue(
      define({ permissions, roles: { r: { grants: [grant] } } }),
    );

    expect(permissionsOf(catalogue, 'r')).toEqual(expected);
  });

  it.each([
    'users:Read',
    'users:rea',
    'users:read ',
    'users:reаd',
    'users:*',
    '*',
    '*:*',
    'auth.*',
    '',
    'constructor',
    '__proto__',
  ])('AZ-11: even who may everything has no permission named %j', (name) => {
    const catalogue = new CompiledCatalogue(
      define({ permissions, roles: { r: { grants: ['*'] } } }),
    );

    expect(catalogue.has(catalogue.grantsOf(['r']).bits, name)).toBe(false);
  });

  it('AZ-8: agrees with a naive reading of every hierarchy', () => {
    fc.assert(
      fc.property(
        hierarchies(),
        fc.array(fc.nat(11), { maxLength: 4 }),
        ({ access, roles }, held) => {
          const catalogue = new CompiledCatalogue(access);
          const assigned = held.map((index) => `r${index % roles.length}`);
          const expected = new Set(assigned.flatMap((role) => naivePermissions(roles, role)));

          const grants = catalogue.grantsOf(assigned);

          expect(new Set(catalogue.permissionsOf(grants.bits))).toEqual(expected);
          for (const permission of access.permissions) {
            expect(catalogue.has(grants.bits, permission)).toBe(expected.has(permission));
          }
          expect(grants.inherited).toEqual(
            new Set(assigned.flatMap((role) => naiveClosure(roles, role))),
          );
        },
      ),
    );
  });

  it('AZ-8: takes a hierarchy fifty roles deep', () => {
    const roles = Object.fromEntries(
      Array.from({ length: 50 }, (_, level) => [
        `r${level}`,
        level === 0 ? { grants: ['users:read'] } : { inherits: [`r${level - 1}`] },
      ]),
    );
    const catalogue = new CompiledCatalogue(define({ permissions, roles }));

    expect(permissionsOf(catalogue, 'r49')).toEqual(['users:read']);
  });

  it('knows the last permission of ten thousand', () => {
    const actions = Array.from({ length: 10_000 }, (_, index) => `a${index}`);
    const catalogue = new CompiledCatalogue(
      define({ permissions: { many: actions }, roles: { r: { grants: ['many:a9999'] } } }),
    );

    expect(permissionsOf(catalogue, 'r')).toEqual(['many:a9999']);
  });

  it('gives nothing for roles it does not know', () => {
    const catalogue = new CompiledCatalogue(
      define({ permissions, roles: { r: { grants: ['*'] } } }),
    );

    expect(catalogue.grantsOf(['gone', 'toString', '__proto__'])).toMatchObject({ roles: [] });
    expect(permissionsOf(catalogue, 'gone', 'toString')).toEqual([]);
  });

  it('shares one bitset among all who hold the same roles', () => {
    const catalogue = new CompiledCatalogue(
      define({ permissions, roles: { a: { grants: ['*'] }, b: { grants: ['*'] } } }),
    );

    expect(catalogue.grantsOf(['b', 'a', 'b'])).toBe(catalogue.grantsOf(['a', 'b']));
  });

  it('has another digest exactly when it decides differently', () => {
    const digest = (declaration: unknown) =>
      new CompiledCatalogue(define(declaration)).digest().toString('hex');
    const a = { grants: ['users:read', 'users:write'] };
    const b = { grants: ['users:read'], inherits: ['a'] };
    const base = digest({ permissions, roles: { a, b } });

    expect(digest({ permissions, roles: { b, a: { ...a, description: 'Text.' } } })).toBe(base);
    expect(
      digest({ permissions, roles: { a, b: { ...b, inherits: ['administrator'] } } }),
    ).not.toBe(base);
    expect(digest({ permissions, roles: { a: { grants: ['users:read'] }, b } })).not.toBe(base);
    expect(digest({ permissions: { ...permissions, more: ['read'] }, roles: { a, b } })).not.toBe(
      base,
    );
  });
});

interface Role {
  readonly grants: readonly string[];
  readonly inherits: readonly number[];
}

/** Random directed acyclic graphs: a role inherits only roles before it. */
function hierarchies() {
  const role = fc.record({
    grants: fc.uniqueArray(fc.constantFrom('a:x', 'a:y', 'b:x', 'a:*', 'b:*', 'auth.audit:read'), {
      minLength: 1,
      maxLength: 3,
    }),
    inherits: fc.uniqueArray(fc.nat(11), { maxLength: 4 }),
  });
  return fc.array(role, { minLength: 1, maxLength: 12 }).map((drawn) => {
    const roles = drawn.map(({ grants, inherits }, index): Role => ({
      grants,
      inherits: inherits.filter((parent) => parent < index),
    }));
    const declared = roles.map(({ grants, inherits }, index) => [
      `r${index}`,
      { grants, ...(inherits.length > 0 && { inherits: inherits.map((parent) => `r${parent}`) }) },
    ]);
    const table = { a: ['x', 'y'], b: ['x', 'y'] };
    return {
      roles,
      access: define({ permissions: table, roles: Object.fromEntries(declared) as object }),
    };
  });
}

function naiveClosure(roles: readonly Role[], name: string): string[] {
  const parents = roles[Number(name.slice(1))]?.inherits ?? [];
  return [name, ...parents.flatMap((parent) => naiveClosure(roles, `r${parent}`))];
}

function naivePermissions(roles: readonly Role[], name: string): string[] {
  const meaning: Record<string, string[]> = { 'a:*': ['a:x', 'a:y'], 'b:*': ['b:x', 'b:y'] };
  return naiveClosure(roles, name)
    .flatMap((role) => roles[Number(role.slice(1))]?.grants ?? [])
    .flatMap((grant) => meaning[grant] ?? [grant]);
}
