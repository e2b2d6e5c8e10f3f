import type { MigrationInterface, QueryRunner } from 'typeorm';
import { authSchemaOf } from '../src/database/auth-schema';
import { quoteIdentifier } from '../src/database/tables';

/** Accounts, sessions, signing keys, roles, the change feed, the counters of guesses and the audit. */
export class CreateAuthTables1790000000000 implements MigrationInterface {
  readonly name = 'CreateAuthTables1790000000000';

  async up(runner: QueryRunner): Promise<void> {
    const schema = quoteIdentifier(authSchemaOf(runner.dataSource));
    await runner.query(`SET LOCAL lock_timeout = '5s'`);
    await runner.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    for (const statement of [
      accounts(schema),
      sessions(schema),
      signingKeys(schema),
      access(schema),
      guesses(schema),
      audit(schema),
      changes(schema),
    ].flat()) {
      await runner.query(statement);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    const schema = quoteIdentifier(authSchemaOf(runner.dataSource));
    await runner.query(`SET LOCAL lock_timeout = '5s'`);
    const tables = [
      'changes',
      'audit_events',
      'guesses',
      'assignments',
      'roles',
      'catalogue',
      'signing_keys',
      'sessions',
      'bootstrap',
      'accounts',
    ];
    for (const table of tables) await runner.query(`DROP TABLE ${schema}.${table}`);
    await runner.query(`DROP FUNCTION ${schema}.notify_change()`);
  }
}

function accounts(schema: string): string[] {
  return [
    `CREATE TABLE ${schema}.accounts (
      id uuid PRIMARY KEY,
      email text NOT NULL,
      email_key text NOT NULL UNIQUE,
      email_verified_at timestamptz,
      display_name text,
      password_hash text,
      status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
      security_epoch integer NOT NULL DEFAULT 1,
      authority_version integer NOT NULL DEFAULT 1,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )`,
    `CREATE TABLE ${schema}.bootstrap (
      step text PRIMARY KEY,
      account_id uuid NOT NULL,
      completed_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )`,
  ];
}

/** No index covers a column that a rotation changes, so that a rotation stays a heap-only update. */
function sessions(schema: string): string[] {
  return [
    `CREATE TABLE ${schema}.sessions (
      id uuid PRIMARY KEY,
      account_id uuid NOT NULL REFERENCES ${schema}.accounts (id) ON DELETE CASCADE,
      tenant_id uuid,
      transport text NOT NULL CHECK (transport IN ('cookie', 'body', 'session')),
      secret_digest bytea NOT NULL,
      counter integer NOT NULL DEFAULT 0,
      rotated_at timestamptz,
      last_attempt uuid,
      account_epoch integer NOT NULL,
      session_version integer NOT NULL DEFAULT 1,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      last_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      idle_expires_at timestamptz NOT NULL,
      absolute_expires_at timestamptz NOT NULL,
      amr text[] NOT NULL,
      auth_time timestamptz NOT NULL,
      user_agent text,
      user_agent_digest bytea NOT NULL,
      ip text,
      revoked_at timestamptz,
      revoked_reason text
    ) WITH (fillfactor = 80)`,
    `CREATE INDEX sessions_account_id ON ${schema}.sessions (account_id)`,
    `CREATE INDEX sessions_absolute_expires_at ON ${schema}.sessions (absolute_expires_at)`,
  ];
}

/** The partial unique index is what makes concurrent first boots agree on one key. */
function signingKeys(schema: string): string[] {
  return [
    `CREATE TABLE ${schema}.signing_keys (
      kid text PRIMARY KEY,
      algorithm text NOT NULL,
      public_jwk jsonb NOT NULL,
      sealed_private_key bytea NOT NULL,
      status text NOT NULL CHECK (status IN ('next', 'current', 'retired', 'revoked')),
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      activated_at timestamptz,
      retired_at timestamptz
    )`,
    `CREATE UNIQUE INDEX signing_keys_one_current ON ${schema}.signing_keys (status)
      WHERE status = 'current'`,
  ];
}

function access(schema: string): string[] {
  return [
    `CREATE TABLE ${schema}.roles (
      id uuid PRIMARY KEY,
      tenant_id uuid,
      name text NOT NULL,
      description text,
      origin text NOT NULL CHECK (origin IN ('code', 'database')),
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      UNIQUE NULLS NOT DISTINCT (tenant_id, name)
    )`,
    `CREATE TABLE ${schema}.assignments (
      id uuid PRIMARY KEY,
      account_id uuid NOT NULL REFERENCES ${schema}.accounts (id) ON DELETE CASCADE,
      role_id uuid NOT NULL REFERENCES ${schema}.roles (id) ON DELETE CASCADE,
      tenant_id uuid,
      valid_from timestamptz,
      valid_until timestamptz,
      reason text,
      created_by uuid,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      CHECK (valid_from < valid_until),
      UNIQUE NULLS NOT DISTINCT (account_id, role_id, tenant_id)
    )`,
    `CREATE INDEX assignments_role_id ON ${schema}.assignments (role_id)`,
    `CREATE TABLE ${schema}.catalogue (
      singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
      digest bytea NOT NULL,
      version integer NOT NULL DEFAULT 1
    )`,
  ];
}

function guesses(schema: string): string[] {
  return [
    `CREATE TABLE ${schema}.guesses (
      key bytea NOT NULL,
      lane text NOT NULL CHECK (lane IN ('source', 'unknown_device', 'known_device')),
      failures integer NOT NULL,
      next_at timestamptz NOT NULL,
      window_ends_at timestamptz,
      updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (key, lane)
    ) WITH (fillfactor = 70)`,
  ];
}

/** No foreign keys: a record outlives what it speaks of, and its insert takes no lock on it. */
function audit(schema: string): string[] {
  return [
    `CREATE TABLE ${schema}.audit_events (
      id uuid PRIMARY KEY,
      occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      action text NOT NULL,
      outcome text NOT NULL CHECK (outcome IN ('success', 'failure')),
      actor_id uuid,
      account_id uuid,
      session_id uuid,
      tenant_id uuid,
      target text,
      ip text,
      user_agent text,
      request_id text,
      details jsonb NOT NULL DEFAULT '{}'
    )`,
    `CREATE INDEX audit_events_account_id ON ${schema}.audit_events (account_id, id)`,
    `CREATE INDEX audit_events_grace ON ${schema}.audit_events (session_id)
      WHERE action = 'authn_token_grace'`,
  ];
}

/**
 * Ids follow the order of inserts, not of commits, so the feed is polled by transaction id against a
 * snapshot. The trigger notifies for every change, so that no writer can forget to.
 */
function changes(schema: string): string[] {
  return [
    `CREATE TABLE ${schema}.changes (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
      kind text NOT NULL CHECK (kind IN ('session_revoked', 'account_epoch', 'authority', 'keys')),
      account_id uuid,
      session_id uuid,
      tenant_id uuid,
      epoch integer,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )`,
    `CREATE INDEX changes_xid ON ${schema}.changes (xid)`,
    `CREATE INDEX changes_created_at ON ${schema}.changes (created_at)`,
    `CREATE FUNCTION ${schema}.notify_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_notify(TG_TABLE_SCHEMA || '_changes', '');
      RETURN NULL;
    END $$`,
    `CREATE TRIGGER notify_change AFTER INSERT ON ${schema}.changes
      FOR EACH ROW EXECUTE FUNCTION ${schema}.notify_change()`,
  ];
}
