import { Injectable } from '@nestjs/common';
import { Database } from '../database/database';
import { Parameters } from '../database/parameters';

/** What the database says about an account's authority. */
export interface StoredAuthority {
  readonly version: number;
  /** Names of the assigned roles that are in force. */
  readonly roles: readonly string[];
  /** The nearest moment at which an assignment begins or ends; milliseconds since the epoch. */
  readonly staleAt: number | null;
  /** The same as a distance from the moment of the query, in milliseconds. */
  readonly staleInMilliseconds: number | null;
}

@Injectable()
export class AuthorityRepository {
  constructor(private readonly database: Database) {}

  /** Undefined when there is no such account. A disabled account holds nothing. */
  async find(accountId: string, tenantId?: string): Promise<StoredAuthority | undefined> {
    const { accounts, assignments, roles, catalogue } = this.database.tables;
    const parameters = new Parameters();
    const account = parameters.add(accountId, 'uuid');
    const tenant = parameters.add(tenantId, 'uuid');
    const [row] = await this.database.query<StoredAuthority>(
      `WITH moment AS MATERIALIZED (SELECT clock_timestamp() AS at),
        held AS (
          SELECT r.name, coalesce(x.valid_from <= m.at, true) AS in_force,
            CASE WHEN x.valid_from > m.at THEN x.valid_from ELSE x.valid_until END AS boundary
          FROM moment m
          JOIN ${assignments} x ON x.account_id = ${account}
            AND (x.tenant_id IS NULL OR x.tenant_id = ${tenant})
            AND (x.valid_until IS NULL OR x.valid_until > m.at)
          JOIN ${roles} r ON r.id = x.role_id AND r.origin = 'code' AND r.tenant_id IS NULL
          JOIN ${accounts} a ON a.id = x.account_id AND a.status = 'active'
        )
        SELECT a.authority_version + coalesce((SELECT c.version FROM ${catalogue} c), 0) AS version,
          ARRAY(SELECT DISTINCT name FROM held WHERE in_force) AS roles,
          (SELECT floor(extract(epoch FROM min(boundary)) * 1000) FROM held)::float8 AS "staleAt",
          (SELECT floor(extract(epoch FROM min(h.boundary) - min(m.at)) * 1000)
            FROM held h, moment m)::float8 AS "staleInMilliseconds"
        FROM ${accounts} a WHERE a.id = ${account}`,
      parameters.values,
    );
    return row;
  }
}
