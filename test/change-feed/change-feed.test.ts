import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import type { Change } from '../../src/change-feed/change';
import { ChangeFeedConnection } from '../../src/change-feed/change-feed.connection';
import { ChangeFeed } from '../../src/change-feed/change-feed';
import { Clock } from '../../src/clock/clock';
import { Database } from '../../src/database/database';
import { authEntities } from '../../src/entities';
import type { ChangeFeedOptions } from '../../src/options/change-feed-options';
import { testOptions } from '../support/auth-options';
import { cloneDatabase, emptyDatabase, type TestDatabase } from '../support/database';

/** A clock whose steady half a test can push on. */
class SteadyClock extends Clock {
  skew = 0;
  override monotonic(): number {
    return super.monotonic() + this.skew;
  }
}

describe('the change feed', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let clock: SteadyClock;
  const feeds: ChangeFeed[] = [];

  beforeAll(async () => {
    database = await cloneDatabase();
    dataSource = await new DataSource({
      type: 'postgres',
      url: database.url,
      entities: [...authEntities()],
    }).initialize();
  });
  beforeEach(() => {
    clock = new SteadyClock();
  });
  afterEach(async () => {
    await Promise.all(feeds.splice(0).map((feed) => feed.onModuleDestroy()));
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  async function startFeed(changeFeed: ChangeFeedOptions = {}) {
    const feed = new ChangeFeed(new Database(dataSource), clock, testOptions({ changeFeed }));
    const heard: Change[] = [];
    let reconnects = 0;
    feed.subscribe({
      onChange: (change) => heard.push(change),
      onReconnect: () => {
        reconnects += 1;
      },
    });
    feeds.push(feed);
    await feed.onModuleInit();
    heard.length = 0;
    const hears = (sessionId: string) =>
      heard.some((change) => change.kind === 'session_revoked' && change.sessionId === sessionId);
    return { feed, heard, hears, reconnects: () => reconnects };
  }

  const insert = (sessionId: string) =>
    dataSource.query(`INSERT INTO auth.changes (kind, session_id) VALUES ('session_revoked', $1)`, [
      sessionId,
    ]);

  async function eventually(condition: () => boolean, milliseconds = 1000): Promise<number> {
    const startedAt = performance.now();
    while (!condition() && performance.now() - startedAt < milliseconds) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(condition()).toBe(true);
    return performance.now() - startedAt;
  }

  it('hears a change within the bound by notification', async () => {
    const { hears } = await startFeed();
    const id = randomUUID();
    await insert(id);
    await eventually(() => hears(id));
  });

  it('hears a change within the bound without LISTEN', async () => {
    const { hears } = await startFeed({ listen: false });
    const id = randomUUID();
    await insert(id);
    await eventually(() => hears(id));
  });

  it('hears a change that commits after one with a higher id was heard', async () => {
    const { feed, hears } = await startFeed({ listen: false });
    const [early, late] = [randomUUID(), randomUUID()];
    const slow = dataSource.createQueryRunner();
    await slow.startTransaction();
    await slow.query(`INSERT INTO auth.changes (kind, session_id) VALUES ('session_revoked', $1)`, [
      early,
    ]);
    await insert(late);
    await feed.catchUp();
    expect([hears(early), hears(late)]).toEqual([false, true]);
    await slow.commitTransaction();
    await slow.release();
    await feed.catchUp();
    expect(hears(early)).toBe(true);
  });

  it('hears nothing of a change that was rolled back', async () => {
    const { feed, heard } = await startFeed({ listen: false });
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.query(`INSERT INTO auth.changes (kind) VALUES ('keys')`);
    await runner.rollbackTransaction();
    await runner.release();
    await feed.catchUp();
    expect(heard).toEqual([]);
  });

  it('replays the recent past at boot, so that no revoked token of before is accepted', async () => {
    const id = randomUUID();
    await insert(id);
    const feed = new ChangeFeed(new Database(dataSource), clock, testOptions());
    const heard: Change[] = [];
    feed.subscribe({ onChange: (change) => heard.push(change) });
    feeds.push(feed);
    await feed.onModuleInit();
    expect(heard).toContainEqual({ kind: 'session_revoked', sessionId: id });
  });

  it('reconnects after its connection was cut, tells its listeners, and has missed nothing', async () => {
    const { hears, reconnects } = await startFeed();
    await dataSource.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'portcullis-change-feed' AND datname = current_database()`,
    );
    const id = randomUUID();
    await insert(id);
    await eventually(() => hears(id) && reconnects() === 2);
  });

  it('reconnects also when it loses the connection in the middle of a look', async () => {
    const { hears } = await startFeed();
    for (let round = 0; round < 15; round += 1) {
      await dataSource.query('NOTIFY auth_changes');
      await dataSource.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'portcullis-change-feed' AND datname = current_database()`,
      );
      const id = randomUUID();
      await insert(id);
      await eventually(() => hears(id), 3000);
    }
  });

  it('stays reconnecting when the loss and the answer of a look arrive together', async () => {
    const since = jest
      .spyOn(ChangeFeedConnection.prototype, 'since')
      .mockImplementationOnce(async function (this: ChangeFeedConnection, snapshot) {
        await dataSource.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE application_name = 'portcullis-change-feed' AND datname = current_database()`,
        );
        await new Promise((resolve) => setTimeout(resolve, 50));
        return { snapshot, changes: [] };
      });
    const { hears } = await startFeed();
    await eventually(() => since.mock.calls.length > 0);
    const id = randomUUID();
    await insert(id);
    await eventually(() => hears(id), 3000);
    since.mockRestore();
  });

  it('reads every kind of change as it was written', async () => {
    const { feed, heard } = await startFeed({ listen: false });
    const [account, session] = [randomUUID(), randomUUID()];
    await dataSource.query(
      `INSERT INTO auth.changes (kind, account_id, session_id, epoch) VALUES
         ('account_epoch', $1, $2, 7), ('account_epoch', $1, NULL, 8),
         ('authority', $1, NULL, NULL), ('authority', NULL, NULL, NULL), ('keys', NULL, NULL, NULL)`,
      [account, session],
    );
    await feed.catchUp();
    expect(heard).toEqual(
      expect.arrayContaining([
        { kind: 'account_epoch', accountId: account, epoch: 7, exceptSessionId: session },
        { kind: 'account_epoch', accountId: account, epoch: 8, exceptSessionId: undefined },
        { kind: 'authority', accountId: account },
        { kind: 'authority', accountId: undefined },
        { kind: 'keys' },
      ]),
    );
    expect(heard).toHaveLength(5);
  });

  it('refuses to let anybody decide when its last look is too old', async () => {
    const { feed } = await startFeed({ maxStalenessMilliseconds: 2000 });
    expect(feed.isFresh()).toBe(true);
    clock.skew += 2001;
    expect(feed.isFresh()).toBe(false);
    expect(() => feed.assertFresh()).toThrow(
      expect.objectContaining({ code: 'authority_stale', retryAfterSeconds: 1 }),
    );
    await feed.catchUp();
    expect(feed.isFresh()).toBe(true);
  });

  it('says that the tables are missing, and what to run', async () => {
    const empty = await emptyDatabase();
    const bare = await new DataSource({
      type: 'postgres',
      url: empty.url,
      entities: [...authEntities()],
    }).initialize();
    const feed = new ChangeFeed(new Database(bare), clock, testOptions());
    await expect(feed.onModuleInit()).rejects.toThrow(/npx portcullis migrate/);
    await bare.destroy();
    await empty.drop();
  });
});
