import type { AuthOptions } from '../../src/options/auth-options';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { execute } from '../support/test-server';
import { bootTokenStore, type TokenStore } from '../tokens/token-store';

const KEYS = 'auth.signing_keys';

/** Seconds. */
export const DAY = 86_400;

/** Instances of one deployment, as far as keys and access tokens reach, on a database of their own. */
export class KeyFleet {
  #stores: TokenStore[] = [];

  private constructor(private readonly database: TestDatabase) {}

  static async open(): Promise<KeyFleet> {
    return new KeyFleet(await cloneDatabase());
  }

  async boot(given: Partial<AuthOptions> = {}): Promise<TokenStore> {
    const store = await bootTokenStore(this.database.url, given);
    this.#stores.push(store);
    await settled(store);
    return store;
  }

  /** An instance that the change feed does not reach. */
  async bootDeaf(given: Partial<AuthOptions> = {}): Promise<TokenStore> {
    const store = await bootTokenStore(this.database.url, given, { isDeaf: true });
    this.#stores.push(store);
    return store;
  }

  sql(sql: string): Promise<readonly Record<string, unknown>[]> {
    return execute(this.database.url, sql);
  }

  async statuses(): Promise<Record<string, string>> {
    const rows = await this.sql(`SELECT kid, status FROM ${KEYS}`);
    return Object.fromEntries(rows.map(({ kid, status }) => [kid, status]));
  }

  async count(status: string): Promise<number> {
    return Object.values(await this.statuses()).filter((one) => one === status).length;
  }

  /** What somebody did; what the instances do by themselves has no actor. */
  events(): Promise<readonly Record<string, unknown>[]> {
    return this.sql(
      `SELECT action, actor_id, target, ip, details FROM auth.audit_events
       WHERE actor_id IS NOT NULL ORDER BY id`,
    );
  }

  async changes(): Promise<number> {
    return (await this.sql(`SELECT 1 FROM auth.changes WHERE kind = 'keys'`)).length;
  }

  /** Lets a key be older, in every respect. */
  async age(kid: string, seconds: number): Promise<void> {
    const times = ['created_at', 'activates_at', 'activated_at', 'retired_at'];
    const older = times.map((time) => `${time} = ${time} - interval '${seconds} seconds'`);
    await this.sql(`UPDATE ${KEYS} SET ${older.join(', ')} WHERE kid = '${kid}'`);
  }

  /** Stops the instances and forgets everything. */
  async reset(): Promise<void> {
    await Promise.all(this.#stores.map((store) => store.close()));
    this.#stores = [];
    await this.sql(
      `TRUNCATE ${KEYS}, auth.secret_uses, auth.sessions, auth.changes, auth.audit_events`,
    );
  }

  async close(): Promise<void> {
    await this.reset();
    await this.database.drop();
  }
}

/** Waits until what was committed by now has had its effect. */
export async function settled({ changes, ring }: TokenStore): Promise<void> {
  await changes.catchUp();
  await ring.reload();
}
