import type { MigrationInterface, QueryRunner } from 'typeorm';
import { authSchemaOf } from '../src/database/auth-schema';
import { quoteIdentifier } from '../src/database/tables';

/** Tenants, roles that the database declares, and the roles that a session has active. */
export class AddRolesAndTenants1795393000000 implements MigrationInterface {
  readonly name = 'AddRolesAndTenants1795393000000';

  async up(runner: QueryRunner): Promise<void> {
    const schema = quoteIdentifier(authSchemaOf(runner.dataSource));
    await runner.query(`SET LOCAL lock_timeout = '5s'`);
    for (const statement of [
      tenants(schema),
      roles(schema),
      sessions(schema),
      lists(schema),
    ].flat()) {
      await runner.query(statement);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    const schema = quoteIdentifier(authSchemaOf(runner.dataSource));
    await runner.query(`SET LOCAL lock_timeout = '5s'`);
    for (const statement of [
      ...LIST_INDEXES.map(([name]) => `DROP INDEX ${schema}.${name}`),
      `DELETE FROM ${schema}.changes WHERE kind = 'session_version'`,
      `ALTER TABLE ${schema}.changes DROP CONSTRAINT changes_kind_check`,
      `ALTER TABLE ${schema}.changes ADD CONSTRAINT changes_kind_check
        CHECK (kind IN ('session_revoked', 'account_epoch', 'authority', 'keys'))`,
      `ALTER TABLE ${schema}.sessions DROP CONSTRAINT sessions_tenant_id_fkey, DROP COLUMN active_role_ids`,
      `DROP TABLE ${schema}.role_parents`,
      `DROP TABLE ${schema}.role_permissions`,
      `DROP INDEX ${schema}.roles_name_key`,
      `ALTER TABLE ${schema}.roles DROP CONSTRAINT roles_tenant_id_fkey, DROP COLUMN updated_at`,
      `ALTER TABLE ${schema}.assignments DROP CONSTRAINT assignments_tenant_id_fkey`,
      `DROP INDEX ${schema}.assignments_tenant_id`,
      `DROP INDEX ${schema}.assignments_role_id`,
      `CREATE INDEX assignments_role_id ON ${schema}.assignments (role_id)`,
      `DROP TABLE ${schema}.tenants`,
    ]) {
      await runner.query(statement);
    }
  }
}

/** What the lists of the administration are filtered by; partial where the column is often null. */
const LIST_INDEXES = [
  ['accounts_email_key_prefix', 'accounts (email_key text_pattern_ops)'],
  ['accounts_disabled', `accounts (id) WHERE status = 'disabled'`],
  ['audit_events_actor_id', 'audit_events (actor_id, id) WHERE actor_id IS NOT NULL'],
  ['audit_events_tenant_id', 'audit_events (tenant_id, id) WHERE tenant_id IS NOT NULL'],
  ['audit_events_target', 'audit_events (target, id) WHERE target IS NOT NULL'],
  ['audit_events_action', 'audit_events (action, id)'],
] as const;

/** Tenants that were only named until now get a row, so that every reference holds. */
function tenants(schema: string): string[] {
  return [
    `CREATE TABLE ${schema}.tenants (
      id uuid PRIMARY KEY,
      key text NOT NULL UNIQUE,
      name text NOT NULL,
      status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )`,
    `INSERT INTO ${schema}.tenants (id, key, name)
      SELECT id, 't-' || id, 't-' || id FROM (
        SELECT tenant_id FROM ${schema}.assignments
        UNION SELECT tenant_id FROM ${schema}.roles
        UNION SELECT tenant_id FROM ${schema}.sessions
      ) AS named (id) WHERE id IS NOT NULL`,
    `ALTER TABLE ${schema}.assignments ADD CONSTRAINT assignments_tenant_id_fkey
      FOREIGN KEY (tenant_id) REFERENCES ${schema}.tenants (id)`,
    // Who holds a role is asked per page of accounts.
    `DROP INDEX ${schema}.assignments_role_id`,
    `CREATE INDEX assignments_role_id ON ${schema}.assignments (role_id, account_id)`,
    `CREATE INDEX assignments_tenant_id ON ${schema}.assignments (tenant_id, account_id)
      WHERE tenant_id IS NOT NULL`,
  ];
}

/**
 * What a role of code grants and inherits stays in code; these tables hold what roles of the database
 * do. A role that others inherit, or that somebody holds, is not deleted silently: RESTRICT.
 */
function roles(schema: string): string[] {
  return [
    `ALTER TABLE ${schema}.roles
      ADD COLUMN updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      ADD CONSTRAINT roles_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES ${schema}.tenants (id)`,
    `CREATE INDEX roles_name_key ON ${schema}.roles (lower(name))`,
    `CREATE TABLE ${schema}.role_permissions (
      role_id uuid NOT NULL REFERENCES ${schema}.roles (id) ON DELETE CASCADE,
      permission text NOT NULL,
      PRIMARY KEY (role_id, permission)
    )`,
    `CREATE INDEX role_permissions_permission ON ${schema}.role_permissions (permission)`,
    `CREATE TABLE ${schema}.role_parents (
      role_id uuid NOT NULL REFERENCES ${schema}.roles (id) ON DELETE CASCADE,
      parent_id uuid NOT NULL REFERENCES ${schema}.roles (id) ON DELETE RESTRICT,
      PRIMARY KEY (role_id, parent_id),
      CHECK (role_id <> parent_id)
    )`,
    `CREATE INDEX role_parents_parent_id ON ${schema}.role_parents (parent_id)`,
  ];
}

function sessions(schema: string): string[] {
  return [
    `ALTER TABLE ${schema}.sessions
      ADD COLUMN active_role_ids uuid[],
      ADD CONSTRAINT sessions_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES ${schema}.tenants (id)`,
    `ALTER TABLE ${schema}.changes DROP CONSTRAINT changes_kind_check`,
    `ALTER TABLE ${schema}.changes ADD CONSTRAINT changes_kind_check
      CHECK (kind IN ('session_revoked', 'account_epoch', 'authority', 'keys', 'session_version'))`,
  ];
}

function lists(schema: string): string[] {
  return LIST_INDEXES.map(([name, columns]) => `CREATE INDEX ${name} ON ${schema}.${columns}`);
}
