import * as fc from 'fast-check';
import { CompiledCatalogue } from '../../src/access/compiled-catalogue';
import { RoleGraph } from '../../src/access/role-graph';
import type { StoredRole } from '../../src/access/stored-role';
import { defineAccess } from '../../src/route-access/define-access';

const access = defineAccess({
  permissions: { a: ['x', 'y'], b: ['x', 'y'] },
  roles: {
    reader: { grants: ['a:x'] },
    writer: { inherits: ['reader'], grants: ['a:*'] },
    other: { grants: ['b:y'] },
    lead: { inherits: ['writer', 'other'] },
    auditor: { grants: ['auth.audit:read'] },
  },
});
const catalogue = new CompiledCatalogue(access);
const CODE_ROLES = Object.keys(access.roles);
const GRANTS = ['a:x', 'a:y', 'b:x', 'a:*', 'b:*', 'auth.audit:*', 'gone:x', 'gone:*'];

const codeRoles: readonly StoredRole[] = CODE_ROLES.map((name) => ({
  id: `code-${name}`,
  name,
  origin: 'code',
  tenantId: null,
  permissions: [],
  parents: [],
}));

/** Random directed acyclic graphs: a role inherits roles before it, and roles of code. */
const graphs = fc
  .array(
    fc.record({
      permissions: fc.uniqueArray(fc.constantFrom(...GRANTS), { maxLength: 3 }),
      before: fc.uniqueArray(fc.nat(11), { maxLength: 4 }),
      code: fc.uniqueArray(fc.constantFrom(...CODE_ROLES, 'dropped'), { maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((drawn) =>
    drawn.map(({ permissions, before, code }, index): StoredRole => ({
      id: `role-${index}`,
      name: `role-${index}`,
      origin: 'database',
      tenantId: null,
      permissions,
      parents: [
        ...before.filter((parent) => parent < index).map((parent) => `role-${parent}`),
        ...code.map((name) => `code-${name}`),
      ],
    })),
  );

/** Everything a role grants, read recursively and without any sharing. */
function naiveGrants(roles: readonly StoredRole[], id: string): string[] {
  if (id.startsWith('code-')) return naiveCodeGrants(id.slice(5));
  const role = roles.find((one) => one.id === id);
  if (role === undefined) return [];
  return [...role.permissions, ...role.parents.flatMap((parent) => naiveGrants(roles, parent))];
}

function naiveCodeGrants(name: string): string[] {
  const role = (
    access.roles as Record<string, { grants: readonly string[]; inherits: readonly string[] }>
  )[name];
  return role === undefined ? [] : [...role.grants, ...role.inherits.flatMap(naiveCodeGrants)];
}

function naivePermissions(grants: readonly string[]): string[] {
  return access.permissions.filter((permission) =>
    grants.some((grant) => {
      const [resource, action] = grant.split(':');
      if (grant === '*') return true;
      if (grant === 'auth.*') return permission.startsWith('auth.');
      return action === '*' ? permission.split(':')[0] === resource : grant === permission;
    }),
  );
}

describe('RoleGraph', () => {
  it('AZ-8: agrees with a naive reading of every hierarchy of code and of the database', () => {
    fc.assert(
      fc.property(graphs, fc.uniqueArray(fc.nat(12), { maxLength: 4 }), (roles, held) => {
        const graph = new RoleGraph([...inOtherOrder(roles), ...codeRoles]);
        const ids = held.map((index) => `role-${index}`);
        const grants = ids.flatMap((id) => naiveGrants(roles, id));

        const reached = catalogue.grantsOfReach(graph.reachOf(ids));

        expect(catalogue.permissionsOf(reached.bits)).toEqual(naivePermissions(grants));
        expect([...reached.patterns].sort()).toEqual([...new Set(grants)].sort());
        for (const name of CODE_ROLES) {
          expect(reached.inherited.has(name)).toBe(reachesCode(roles, ids, name));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('AZ-8: counts a diamond of thirty storeys in no more steps than it has roles', () => {
    // Two roles a storey, each inheriting both of the storey below: 2^30 paths.
    const storeys = Array.from({ length: 60 }, (_, index): StoredRole => {
      const below = Math.floor(index / 2) * 2 - 2;
      const name = `role-${index}`;
      const parents = below < 0 ? [] : [`role-${below}`, `role-${below + 1}`];
      return { id: name, name, origin: 'database', tenantId: null, permissions: ['a:x'], parents };
    });
    const graph = new RoleGraph(storeys);

    expect(graph.closureOf(['role-58', 'role-59']).size).toBe(60);
  });

  it('AZ-8: ends on a cycle and follows a hierarchy of fifty thousand roles', () => {
    const chain = Array.from({ length: 50_000 }, (_, index): StoredRole => {
      const [name, parent] = [`role-${index}`, `role-${(index + 1) % 50_000}`];
      return {
        id: name,
        name,
        origin: 'database',
        tenantId: null,
        permissions: [],
        parents: [parent],
      };
    });

    expect(new RoleGraph(chain).closureOf(['role-7']).size).toBe(50_000);
  });

  it('takes a role as it is about to be', () => {
    const [reader] = codeRoles;
    if (reader === undefined) throw new Error('No role');
    const role: StoredRole = {
      ...reader,
      id: 'r',
      name: 'r',
      origin: 'database',
      parents: [reader.id],
    };
    const graph = new RoleGraph([...codeRoles, role]);

    const changed = graph.with({ ...role, parents: [], permissions: ['b:x'] });

    expect([...graph.reachOf(['r']).codeRoles]).toEqual([reader.name]);
    expect(changed.reachOf(['r'])).toMatchObject({
      codeRoles: new Set(),
      grants: new Set(['b:x']),
    });
  });
});

/** The order of the rows of a table is nobody's promise. */
function inOtherOrder(roles: readonly StoredRole[]): readonly StoredRole[] {
  return [...roles].reverse();
}

function reachesCode(roles: readonly StoredRole[], ids: readonly string[], name: string): boolean {
  return ids.some((id) => {
    if (id.startsWith('code-')) {
      const declared = (access.roles as Record<string, { inherits: readonly string[] }>)[
        id.slice(5)
      ];
      if (declared === undefined) return false;
      return (
        id.slice(5) === name ||
        reachesCode(
          roles,
          declared.inherits.map((parent) => `code-${parent}`),
          name,
        )
      );
    }
    return reachesCode(roles, roles.find((role) => role.id === id)?.parents ?? [], name);
  });
}
