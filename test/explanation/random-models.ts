import * as fc from 'fast-check';
import { newId } from '../../src/database/identifiers';
import type { AccessCatalogue } from '../../src/route-access/access-catalogue';
import { defineAccess } from '../../src/route-access/define-access';
import type { ExplanationStore } from './explanation-store';

export const PERMISSIONS = ['docs:read', 'docs:write', 'notes:read', 'auth.audit:read'];

const GRANTS = [...PERMISSIONS, 'docs:*', 'auth.audit:*', 'auth.*', '*'];
const CODE_ROLES = ['c0', 'c1', 'c2', 'c3'] as const;

interface StoredModel {
  readonly tenant: number | null;
  readonly permissions: readonly string[];
  readonly parents: readonly number[];
}

/** A catalogue and what the database says beside it; everything by number. */
export interface Model {
  readonly catalogue: AccessCatalogue;
  readonly tenantsInUse: readonly boolean[];
  readonly accountsInUse: readonly boolean[];
  readonly roles: readonly StoredModel[];
  readonly assignments: readonly {
    readonly account: number;
    /** Roles of code first. */
    readonly role: number;
    readonly tenant: number | null;
    readonly validity: 'always' | 'now' | 'past' | 'future';
  }[];
}

/** The ids under which a model was written. */
export interface WrittenModel {
  readonly tenants: readonly string[];
  readonly accounts: readonly string[];
  readonly roles: readonly string[];
}

const grants = fc.uniqueArray(fc.constantFrom(...GRANTS), { maxLength: 2 });
const tenant = fc.option(fc.nat(1), { freq: 2 });

const catalogue = fc
  .record({
    roles: fc.tuple(
      ...CODE_ROLES.map((_, index) =>
        fc.record({
          grants,
          inherits: fc.subarray(CODE_ROLES.slice(0, index)),
        }),
      ),
    ),
    separate: fc.uniqueArray(fc.constantFrom(...CODE_ROLES), { maxLength: 2 }),
    separateInSession: fc.uniqueArray(fc.constantFrom(...CODE_ROLES), { maxLength: 3 }),
  })
  .map(({ roles, separate, separateInSession }) => {
    const declaration = {
      permissions: { docs: ['read', 'write'], notes: ['read'] },
      roles: Object.fromEntries(
        roles.map((role, index) => [
          `c${index}`,
          {
            ...(role.grants.length === 0 && role.inherits.length > 0
              ? {}
              : { grants: role.grants.length === 0 ? ['notes:read'] : role.grants }),
            ...(role.inherits.length === 0 ? {} : { inherits: role.inherits }),
          },
        ]),
      ),
      ...(separate.length < 2 ? {} : { separate: [separate] }),
      ...(separateInSession.length < 2 ? {} : { separateInSession: [separateInSession] }),
    };
    try {
      return defineAccess(declaration as unknown as Parameters<typeof defineAccess>[0]);
    } catch {
      return undefined;
    }
  })
  .filter((declared) => declared !== undefined);

/** What no service would write, a parent of another tenant for instance, is among it. */
export const models: fc.Arbitrary<Model> = fc.record({
  catalogue,
  tenantsInUse: fc.tuple(mostly(), mostly()),
  accountsInUse: fc.tuple(mostly(), mostly(), mostly()),
  roles: fc.array(
    fc.record({
      tenant,
      permissions: grants,
      parents: fc.uniqueArray(fc.nat(20), { maxLength: 2 }),
    }),
    { maxLength: 5 },
  ),
  assignments: fc.uniqueArray(
    fc.record({
      account: fc.nat(2),
      role: fc.nat(20),
      tenant,
      validity: fc.constantFrom(...(['always', 'always', 'now', 'past', 'future'] as const)),
    }),
    { maxLength: 9, selector: ({ account, role, tenant: where }) => [account, role, where].join() },
  ),
});

function mostly(): fc.Arbitrary<boolean> {
  return fc.constantFrom(true, true, true, false);
}

/** The same without what no service would write. */
export function lawful(model: Model): Model {
  const tenantOf = (role: number) => model.roles[role - CODE_ROLES.length]?.tenant ?? null;
  const count = CODE_ROLES.length + model.roles.length;
  return {
    ...model,
    roles: model.roles.map((role, index) => ({
      ...role,
      parents: role.parents
        .map((parent) => parent % (CODE_ROLES.length + index))
        .filter((parent) => [null, role.tenant].includes(tenantOf(parent))),
    })),
    assignments: model.assignments.filter(({ role, tenant: where }) =>
      [null, where].includes(tenantOf(role % count)),
    ),
  };
}

const VALIDITY = {
  always: ['NULL', 'NULL'],
  now: [`clock_timestamp() - interval '1 h'`, `clock_timestamp() + interval '1 h'`],
  past: [`clock_timestamp() - interval '2 h'`, `clock_timestamp() - interval '1 h'`],
  future: [`clock_timestamp() + interval '1 h'`, 'NULL'],
} as const;

/** Writes a model past every rule, in place of what was there. */
export async function write(store: ExplanationStore, model: Model): Promise<WrittenModel> {
  const [tenants, accounts] = [model.tenantsInUse.map(newId), model.accountsInUse.map(newId)];
  await store.sql(`TRUNCATE auth.accounts, auth.roles, auth.tenants CASCADE`);
  await store.catalogue.onModuleInit();
  for (const [index, inUse] of model.tenantsInUse.entries()) {
    await store.sql(`INSERT INTO auth.tenants (id, key, name, status) VALUES ($1, $2, 'T', $3)`, [
      tenants[index],
      `t${index}`,
      inUse ? 'active' : 'disabled',
    ]);
  }
  for (const [index, inUse] of model.accountsInUse.entries()) {
    const id = accounts[index];
    await store.sql(
      `INSERT INTO auth.accounts (id, email, email_key, status) VALUES ($1::uuid, $2, $2, $3)`,
      [id, `${id}@example.org`, inUse ? 'active' : 'disabled'],
    );
  }
  const roles = await Promise.all(CODE_ROLES.map((name) => store.roleId(name)));
  for (const [index, role] of model.roles.entries()) {
    const parents = new Set(role.parents.map((parent) => roles[parent % roles.length] ?? ''));
    const name = `d${index}`;
    const tenantId = role.tenant === null ? undefined : tenants[role.tenant];
    const { permissions } = role;
    roles.push(await store.createRole({ name, tenantId, permissions, parents: [...parents] }));
  }
  for (const { account, role, tenant: where, validity } of model.assignments) {
    const [from, until] = VALIDITY[validity];
    await store.sql(
      `INSERT INTO auth.assignments (id, account_id, role_id, tenant_id, valid_from, valid_until)
        VALUES ($1, $2, $3, $4, ${from}, ${until}) ON CONFLICT DO NOTHING`,
      [
        newId(),
        accounts[account],
        roles[role % roles.length],
        where === null ? null : tenants[where],
      ],
    );
  }
  store.forget();
  return { tenants, accounts, roles };
}

/** Remembers what is written; the returned function brings it back. */
export async function remember(store: ExplanationStore): Promise<() => Promise<void>> {
  const tables = ['assignments', 'role_permissions'];
  const marks = ['accounts', 'tenants'];
  await store.sql(`DROP SCHEMA IF EXISTS saved CASCADE; CREATE SCHEMA saved;
    ${[...tables, ...marks].map((name) => `CREATE TABLE saved.${name} AS TABLE auth.${name};`).join('')}`);
  return async () => {
    await store.sql(
      [
        ...tables.map(
          (name) => `DELETE FROM auth.${name}; INSERT INTO auth.${name} TABLE saved.${name};`,
        ),
        ...marks.map(
          (name) =>
            `UPDATE auth.${name} t SET status = s.status FROM saved.${name} s WHERE s.id = t.id;`,
        ),
      ].join(''),
    );
    store.forget();
  };
}
