import { Client, type ClientConfig } from 'pg';
import { quoteIdentifier, type AuthTables } from '../database/tables';
import type { Change } from './change';

/** A point in the history of the database: every transaction before it is visible, none after. */
export type Snapshot = string;

interface ChangeRow {
  snapshot: string;
  standby: boolean;
  kind: Change['kind'] | null;
  account_id: string | null;
  session_id: string | null;
  tenant_id: string | null;
  epoch: number | null;
}

/** What one look at the feed brought. */
export interface Polled {
  readonly snapshot: Snapshot;
  readonly changes: readonly Change[];
}

const CONNECT_TIMEOUT_MS = 5000;
const QUERY_TIMEOUT_MS = 5000;

/**
 * One connection of the feed's own, outside the pool: an exhausted pool must not make every instance
 * deaf, and LISTEN needs a connection that nobody else takes.
 */
export class ChangeFeedConnection {
  readonly #client: Client;

  constructor(
    parameters: ClientConfig,
    private readonly tables: AuthTables,
  ) {
    this.#client = new Client({
      ...parameters,
      application_name: 'portcullis-change-feed',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      keepAlive: true,
    });
  }

  /** Connects; `onLost` is called once, when the connection ends without {@link close}. */
  async open(onLost: (error?: Error) => void): Promise<void> {
    this.#client.on('error', onLost);
    this.#client.on('end', () => onLost());
    await this.#client.connect();
  }

  async listen(schema: string, onNotification: () => void): Promise<void> {
    this.#client.on('notification', onNotification);
    await this.#client.query(`LISTEN ${quoteIdentifier(`${schema}_changes`)}`);
  }

  /** The changes of the recent past, and the snapshot from which to look for further ones. */
  recent(pastSeconds: number): Promise<Polled> {
    return this.#read(
      `c.created_at > clock_timestamp() - make_interval(secs => $1::double precision)`,
      [pastSeconds],
    );
  }

  /**
   * The changes that committed since a snapshot. Ids follow the order of inserts, not of commits, so a
   * poll by id would lose the change of a transaction that took long; transaction ids do not.
   */
  since(snapshot: Snapshot): Promise<Polled> {
    return this.#read(
      `c.xid >= pg_snapshot_xmin($1::pg_snapshot) AND NOT pg_visible_in_snapshot(c.xid, $1::pg_snapshot)`,
      [snapshot],
    );
  }

  async close(): Promise<void> {
    this.#client.removeAllListeners();
    this.#client.on('error', () => undefined);
    await this.#client.end().catch(() => undefined);
  }

  async #read(condition: string, parameters: unknown[]): Promise<Polled> {
    const { rows } = await this.#client.query<ChangeRow>(
      `SELECT s.snapshot, s.standby, c.kind, c.account_id, c.session_id, c.tenant_id, c.epoch
       FROM (SELECT pg_current_snapshot()::text AS snapshot, pg_is_in_recovery() AS standby) s
       LEFT JOIN ${this.tables.changes} c ON ${condition}`,
      parameters,
    );
    const [first] = rows;
    if (first === undefined || first.standby) {
      throw new Error('The change feed must be read from the primary, which this server is not.');
    }
    return { snapshot: first.snapshot, changes: rows.flatMap(changeOf) };
  }
}

/** Columns that a kind of change needs are there: its writers set them (`change.sql.ts`). */
function changeOf(row: ChangeRow): Change[] {
  const { kind, epoch } = row;
  const accountId = row.account_id ?? undefined;
  const sessionId = row.session_id ?? undefined;
  if (kind === 'session_revoked' && sessionId !== undefined) return [{ kind, sessionId }];
  if (kind === 'account_epoch' && accountId !== undefined && epoch !== null) {
    return [{ kind, accountId, epoch, exceptSessionId: sessionId }];
  }
  if (kind === 'authority') return [{ kind, accountId, tenantId: row.tenant_id ?? undefined }];
  if (kind === 'session_version' && sessionId !== undefined && epoch !== null) {
    return [{ kind, sessionId, version: epoch }];
  }
  return kind === 'keys' ? [{ kind }] : [];
}
