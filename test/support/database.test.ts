import { cloneDatabase, emptyDatabase } from './database';
import { execute } from './test-server';

const TABLES = `SELECT count(*)::int AS count FROM pg_tables WHERE schemaname = 'auth'`;

async function count(url: string, query: string): Promise<unknown> {
  const [row] = await execute(url, query);
  return row?.['count'];
}

it('a clone is migrated, and what one test writes no other sees', async () => {
  const [one, other] = await Promise.all([cloneDatabase(), cloneDatabase()]);
  expect(await count(one.url, TABLES)).toBeGreaterThan(5);
  await execute(one.url, 'CREATE TABLE auth.mine AS SELECT 1 AS count');
  const mine = `SELECT count(*)::int AS count FROM pg_tables WHERE tablename = 'mine'`;
  expect(await count(one.url, mine)).toBe(1);
  expect(await count(other.url, mine)).toBe(0);
  await Promise.all([one.drop(), other.drop()]);
});

it('an empty database has no table of ours', async () => {
  const empty = await emptyDatabase();
  expect(await count(empty.url, TABLES)).toBe(0);
  await empty.drop();
});

it('a dropped database is gone, whoever was connected to it', async () => {
  const database = await cloneDatabase();
  const busy = execute(database.url, 'SELECT pg_sleep(60)');
  const ended = expect(busy).rejects.toMatchObject({
    code: expect.stringMatching(/^(57P01|3D000)$/) as string,
  });
  await database.drop();
  await ended;
  await expect(execute(database.url, 'SELECT 1')).rejects.toMatchObject({ code: '3D000' });
});
