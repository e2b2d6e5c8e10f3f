import { Injectable } from '@nestjs/common';
import { insertAuditSql } from '../audit/audit.sql';
import { insertChangeSql } from '../change-feed/change.sql';
import { Database, type Tx } from '../database/database';
import { newId } from '../database/identifiers';
import { Parameters } from '../database/parameters';

/** The catalogue as the running code declares it. */
export interface DeclaredCatalogue {
  readonly digest: Buffer;
  readonly roles: readonly { readonly name: string; readonly description?: string }[];
}

/** What came of recording a catalogue. */
export interface RecordedCatalogue {
  /** The version it got, where it differs from the one recorded before. */
  readonly changedTo: number | null;
  /** Names that roles of the database already have, of whatever tenant and in whatever case. */
  readonly taken: readonly string[];
  /** Roles of code that the catalogue no longer declares. */
  readonly dropped: readonly DroppedRole[];
}

/** A role that code declared once. It grants nothing. */
export interface DroppedRole {
  readonly name: string;
  /** Whether somebody holds it, or a role of the database inherits it. */
  readonly used: boolean;
}

/** Grants of roles of the database that name no permission. */
export interface DeadGrants {
  readonly roles: number;
  readonly names: readonly string[];
}

@Injectable()
export class CatalogueRepository {
  constructor(private readonly database: Database) {}

  /** Holds back every other instance that boots, until the transaction ends. */
  async lock(tx: Tx): Promise<void> {
    await this.database.query(
      `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`,
      [`portcullis:catalogue:${this.database.schema}`],
      tx,
    );
  }

  /** Records the catalogue and its roles; a changed one is a change of everybody's authority. */
  async record({ digest, roles }: DeclaredCatalogue, tx: Tx): Promise<RecordedCatalogue> {
    const { tables } = this.database;
    const parameters = new Parameters();
    const ids = parameters.add(
      roles.map(() => newId()),
      'uuid[]',
    );
    const names = parameters.add(
      roles.map(({ name }) => name),
      'text[]',
    );
    const descriptions = parameters.add(
      roles.map(({ description }) => description ?? null),
      'text[]',
    );
    const recorded = parameters.add(digest, 'bytea');
    const [row] = await this.database.query<RecordedCatalogue>(
      `WITH declared AS (
          SELECT * FROM unnest(${ids}, ${names}, ${descriptions}) AS d (id, name, description)
        ),
        written AS (
          INSERT INTO ${tables.roles} AS r (id, name, description, origin)
          SELECT id, name, description, 'code' FROM declared
          ON CONFLICT (tenant_id, name) DO UPDATE SET description = excluded.description
            WHERE r.origin = 'code' AND r.description IS DISTINCT FROM excluded.description
        ),
        changed AS (
          INSERT INTO ${tables.catalogue} AS c (digest) VALUES (${recorded})
          ON CONFLICT (singleton) DO UPDATE
            SET digest = excluded.digest, version = c.version + 1
            WHERE c.digest <> excluded.digest
          RETURNING c.version
        ),
        told AS (${insertChangeSql(tables, parameters, { kind: 'authority' }, { from: 'changed' })}),
        logged AS (${insertAuditSql(
          tables,
          parameters,
          {
            action: 'privilege_permissions_changed',
            outcome: 'success',
            target: 'catalogue',
          },
          { from: 'changed', details: `jsonb_build_object('version', changed.version)` },
        )})
        SELECT (SELECT version FROM changed) AS "changedTo",
          ARRAY(SELECT DISTINCT d.name FROM ${tables.roles} r
            JOIN declared d ON lower(d.name) = lower(r.name)
            WHERE r.origin = 'database' ORDER BY 1) AS taken,
          (SELECT coalesce(jsonb_agg(jsonb_build_object('name', r.name, 'used',
              EXISTS (SELECT FROM ${tables.assignments} x WHERE x.role_id = r.id)
              OR EXISTS (SELECT FROM ${tables.roleParents} p WHERE p.parent_id = r.id)
            ) ORDER BY r.name), '[]')
            FROM ${tables.roles} r WHERE r.origin = 'code' AND r.name <> ALL (${names})) AS dropped`,
      parameters.values,
      tx,
    );
    return row ?? { changedTo: null, taken: [], dropped: [] };
  }

  /** What roles of the database grant beside the given names, and how many of them do. */
  async deadGrants(grantable: readonly string[]): Promise<DeadGrants> {
    const [row] = await this.database.query<DeadGrants>(
      `SELECT count(DISTINCT role_id)::integer AS roles,
          coalesce(array_agg(DISTINCT permission), '{}') AS names
        FROM ${this.database.tables.rolePermissions} WHERE permission <> ALL ($1::text[])`,
      [grantable],
    );
    return row ?? { roles: 0, names: [] };
  }
}
