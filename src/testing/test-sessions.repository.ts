import { randomBytes } from 'node:crypto';
import type { Database } from '../database/database';
import { newId } from '../database/identifiers';
import { Parameters, seconds } from '../database/parameters';
import type { ResolvedAuthOptions } from '../options/auth-options';

/** A session without a login before it. */
export interface TestSession {
  readonly accountId: string;
  readonly tenantId?: string;
  readonly amr: readonly string[];
  readonly authTime: Date;
}

/** Opens sessions as a login does, but for the proof of a password. */
export class TestSessionsRepository {
  constructor(
    private readonly database: Database,
    private readonly options: ResolvedAuthOptions,
  ) {}

  /** The id of the session. Nobody has its refresh token. */
  async open({ accountId, tenantId, amr, authTime }: TestSession): Promise<string> {
    const { tables } = this.database;
    const { idleTimeoutSeconds, absoluteTimeoutSeconds } = this.options.sessions;
    const p = new Parameters();
    const id = newId();
    const account = p.add(accountId, 'uuid');
    const values = [
      p.add(id, 'uuid'),
      'a.id',
      p.add(tenantId, 'uuid'),
      `'body'`,
      p.add(randomBytes(32), 'bytea'),
      'a.security_epoch',
      `clock_timestamp() + ${p.add(seconds(idleTimeoutSeconds), 'interval')}`,
      `clock_timestamp() + ${p.add(seconds(absoluteTimeoutSeconds), 'interval')}`,
      p.add([...amr], 'text[]'),
      p.add(authTime, 'timestamptz'),
      p.add(randomBytes(32), 'bytea'),
    ];
    await this.database.query(
      `INSERT INTO ${tables.sessions} (id, account_id, tenant_id, transport, secret_digest,
          account_epoch, idle_expires_at, absolute_expires_at, amr, auth_time, user_agent_digest)
        SELECT ${values.join(', ')} FROM ${tables.accounts} a WHERE a.id = ${account}`,
      p.values,
    );
    return id;
  }
}
