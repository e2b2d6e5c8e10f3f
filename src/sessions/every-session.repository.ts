import { Injectable } from '@nestjs/common';
import { insertAuditSql } from '../audit/audit.sql';
import { insertChangeSql } from '../change-feed/change.sql';
import { Database, type Tx } from '../database/database';
import { firstIdOf } from '../database/identifiers';
import { Parameters } from '../database/parameters';
import type { RevocationReason } from './session';

/** So few that nobody who signs in meanwhile waits for long. */
const STEP_ACCOUNTS = 200;

/** Higher than any epoch that a backup may not know of: access tokens of the lost time carry it. */
const EPOCH_LEAP = 1000;

/** Below every account. */
const BEGINNING = firstIdOf(0);

const REASON: RevocationReason = 'administrator';

/** Accounts whose epoch rose, and with them the last that was looked at. */
export interface RaisedAccounts {
  readonly ids: readonly string[];
  readonly next?: string;
}

@Injectable()
export class EverySessionRepository {
  constructor(private readonly database: Database) {}

  /** The first statement of a step: it takes the locks of some accounts, in the order of their ids. */
  async raiseEpochs(from: string | undefined, tx: Tx): Promise<RaisedAccounts> {
    const { tables } = this.database;
    const p = new Parameters();
    const rows = await this.database.query<{ id: string }>(
      `WITH due AS MATERIALIZED (
        SELECT id FROM ${tables.accounts} WHERE id > ${p.add(from ?? BEGINNING, 'uuid')}
        ORDER BY id LIMIT ${STEP_ACCOUNTS} FOR NO KEY UPDATE
      ), raised AS (
        UPDATE ${tables.accounts} a
        SET security_epoch = a.security_epoch + ${EPOCH_LEAP}, updated_at = clock_timestamp()
        FROM due WHERE a.id = due.id RETURNING a.id, a.security_epoch
      ), told AS (${insertChangeSql(
        tables,
        p,
        { kind: 'account_epoch' },
        { from: 'raised', accountId: 'raised.id', epoch: 'raised.security_epoch' },
      )}) SELECT id FROM raised ORDER BY id`,
      p.values,
      tx,
    );
    const ids = rows.map(({ id }) => id);
    return { ids, next: ids.length < STEP_ACCOUNTS ? undefined : ids.at(-1) };
  }

  /**
   * The second statement, which sees the logins that the first one waited for. It is on record once a
   * step, with the sessions that ended.
   */
  async endThoseOf({ ids }: RaisedAccounts, tx: Tx): Promise<number> {
    const { tables } = this.database;
    const p = new Parameters();
    const reason = p.add(REASON, 'text');
    const log = insertAuditSql(
      tables,
      p,
      { action: 'session_revoked', outcome: 'success' },
      {
        details: `jsonb_build_object('reason', ${reason}, 'scope', 'everyone', 'accounts', ${p.add(ids.length, 'integer')},
          'sessions', (SELECT coalesce(jsonb_agg(id ORDER BY id), '[]') FROM ended))`,
      },
    );
    const [row] = await this.database.query<{ ended: number }>(
      `WITH locked AS (
        SELECT s.id FROM ${tables.sessions} s
        WHERE s.account_id = ANY (${p.add(ids, 'uuid[]')}) AND s.revoked_at IS NULL
        ORDER BY s.id FOR NO KEY UPDATE
      ), ended AS (
        UPDATE ${tables.sessions} s SET revoked_at = clock_timestamp(), revoked_reason = ${reason}
        FROM locked WHERE s.id = locked.id RETURNING s.id
      ), log AS (${log}) SELECT count(*)::integer AS ended FROM ended`,
      p.values,
      tx,
    );
    return row?.ended ?? 0;
  }
}
