import type { QueryRunner } from 'typeorm';
import { authSchemaOf } from '../src/database/auth-schema';
import { newId } from '../src/database/identifiers';
import { roleModelLockKey } from '../src/database/locks';
import { authTables } from '../src/database/tables';

/** How far a step reached. @publicApi */
export interface PermissionStep {
  /** Roles of the database that granted it. */
  readonly roles: number;
  /** Accounts that hold one of these roles now or will, directly or by inheritance. */
  readonly accounts: number;
  /**
   * Roles of the database that granted it by `resource:*` alone. The wildcard stays as it is, so what
   * moved to another resource, they no longer grant.
   */
  readonly rolesByWildcard: number;
}

/** `resource:action` or `resource:*`. The grants `auth.*` and `*` name no permission that could move. */
const GRANT =
  /^[A-Za-z][A-Za-z0-9]*(?:[._-][A-Za-z0-9]+)*:(?:\*|[A-Za-z][A-Za-z0-9]*(?:[._-][A-Za-z0-9]+)*)$/;
const LOCK_TIMEOUT = '5s';

/**
 * Carries every grant of a permission along to its new name, in a migration of the application. Roles
 * of code need nothing: they change with the code.
 *
 * Names match exactly, and a wildcard is a name of its own: a role that grants `invoices:*` keeps just
 * that, and `rolesByWildcard` counts such roles. Nobody gains a permission by it, also when it runs
 * again later. Where they are meant to keep what moved, say so:
 * `splitPermission(runner, 'invoices:*', ['invoices:*', 'bills:read'])`.
 *
 * Instances of the old code deny what has a new name already. To avoid that, split into the old and the
 * new name before the deployment, and drop the old one after it.
 *
 * @example
 * export class BillsAreNoInvoices1800000000000 implements MigrationInterface {
 *   async up(runner: QueryRunner): Promise<void> {
 *     await renamePermission(runner, 'invoices:read', 'bills:read');
 *   }
 *   async down(runner: QueryRunner): Promise<void> {
 *     await renamePermission(runner, 'bills:read', 'invoices:read');
 *   }
 * }
 *
 * @throws Error for a name that is neither `resource:action` nor `resource:*`
 *
 * @publicApi
 */
export function renamePermission(
  runner: QueryRunner,
  from: string,
  to: string,
): Promise<PermissionStep> {
  return replaceGrants(runner, from, [to], 'permission_renamed');
}

/**
 * Replaces a permission by several: every role of the database that granted it grants all of them. It
 * may be one of them itself, and then stays. Otherwise as {@link renamePermission}.
 *
 * @throws Error for a name that is neither `resource:action` nor `resource:*`, and without new names
 *
 * @publicApi
 */
export async function splitPermission(
  runner: QueryRunner,
  from: string,
  to: readonly string[],
): Promise<PermissionStep> {
  if (to.length === 0) {
    throw new Error(`Into which permissions is ${from} split? To remove it, use dropPermission.`);
  }
  return replaceGrants(runner, from, to, 'permission_split');
}

/**
 * Takes a permission away from every role of the database that grants it by its name.
 *
 * @throws Error for a name that is neither `resource:action` nor `resource:*`
 *
 * @publicApi
 */
export function dropPermission(runner: QueryRunner, name: string): Promise<PermissionStep> {
  return replaceGrants(runner, name, [], 'permission_dropped');
}

/** One statement, so that it is done or not done, after it waited for everybody who changes roles. */
async function replaceGrants(
  runner: QueryRunner,
  from: string,
  to: readonly string[],
  change: string,
): Promise<PermissionStep> {
  for (const name of [from, ...to]) {
    if (!GRANT.test(name)) throw new Error(`${name} is neither resource:action nor resource:*`);
  }
  return inTransaction(runner, async () => {
    const schema = authSchemaOf(runner.dataSource);
    await runner.query(`SELECT pg_advisory_xact_lock(${roleModelLockKey('$1::text')})`, [schema]);
    const rows: unknown = await runner.query(stepSql(schema), [
      from,
      [...new Set(to)],
      `${from.slice(0, from.indexOf(':'))}:*`,
      newId(),
      change,
    ]);
    const [step] = rows as PermissionStep[];
    if (step === undefined) throw new Error('The statement that counts its own work gave no row.');
    return step;
  });
}

/** It tells and records nothing when it finds nothing to do, so that a second run leaves no trace. */
function stepSql(schema: string): string {
  const { rolePermissions, roleParents, assignments, catalogue, changes, audit } =
    authTables(schema);
  return `WITH RECURSIVE granting AS (
      SELECT role_id FROM ${rolePermissions} WHERE permission = $1::text
        AND ($1::text <> ALL ($2::text[]) OR NOT $2::text[] <@ ARRAY(
          SELECT g.permission FROM ${rolePermissions} g WHERE g.role_id = ${rolePermissions}.role_id))
    ),
    above (role_id) AS (
      SELECT role_id FROM granting
      UNION SELECT p.role_id FROM above a JOIN ${roleParents} p ON p.parent_id = a.role_id
    ),
    added AS (
      INSERT INTO ${rolePermissions} (role_id, permission)
      SELECT role_id, unnest($2::text[]) FROM granting ON CONFLICT DO NOTHING
    ),
    removed AS (
      DELETE FROM ${rolePermissions} WHERE permission = $1::text AND $1::text <> ALL ($2::text[])
    ),
    reached AS (
      SELECT (SELECT count(*)::integer FROM granting) AS roles,
        (SELECT count(DISTINCT x.account_id)::integer
          FROM ${assignments} x JOIN above USING (role_id)
          WHERE x.valid_until IS NULL OR x.valid_until > clock_timestamp()) AS accounts,
        (SELECT count(*)::integer FROM ${rolePermissions} w
          WHERE w.permission = $3::text AND $1::text <> $3::text
            AND EXISTS (SELECT FROM unnest($2::text[]) AS t WHERE split_part(t, ':', 1) || ':*' <> $3::text)
            AND NOT EXISTS (SELECT FROM ${rolePermissions} g
              WHERE g.role_id = w.role_id AND g.permission = $1::text)
        ) AS "rolesByWildcard"
    ),
    raised AS (
      UPDATE ${catalogue} SET version = version + 1 WHERE EXISTS (SELECT FROM granting)
    ),
    told AS (
      INSERT INTO ${changes} (kind) SELECT 'authority' WHERE EXISTS (SELECT FROM granting)
    ),
    logged AS (
      INSERT INTO ${audit} (id, action, outcome, target, details)
      SELECT $4::uuid, 'privilege_permissions_changed', 'success', 'permission:' || $1::text,
        jsonb_build_object('change', $5::text, 'to', to_jsonb($2::text[]), 'roles', roles,
          'accounts', accounts)
      FROM reached WHERE roles > 0
    )
    SELECT * FROM reached`;
}

/** In the transaction of the migration, or one of its own where the DataSource runs without. */
async function inTransaction<Result>(
  runner: QueryRunner,
  work: () => Promise<Result>,
): Promise<Result> {
  if (runner.isTransactionActive) return withLockTimeout(runner, work);
  await runner.startTransaction();
  try {
    const result = await withLockTimeout(runner, work);
    await runner.commitTransaction();
    return result;
  } catch (error) {
    await runner.rollbackTransaction();
    throw error;
  }
}

/** The rest of the host's migration keeps the limit it had. */
async function withLockTimeout<Result>(
  runner: QueryRunner,
  work: () => Promise<Result>,
): Promise<Result> {
  const rows: unknown = await runner.query(`SELECT current_setting('lock_timeout') AS before`);
  const before = (rows as { before: string }[])[0]?.before ?? '0';
  await setLockTimeout(runner, LOCK_TIMEOUT);
  const result = await work();
  await setLockTimeout(runner, before);
  return result;
}

async function setLockTimeout(runner: QueryRunner, timeout: string): Promise<void> {
  await runner.query(`SELECT set_config('lock_timeout', $1, true)`, [timeout]);
}
