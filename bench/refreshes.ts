import { Pool } from 'pg';
import { captureRotation, type CapturedStatement } from './rotation-statement';
import { login, type HttpClient } from './http-client';
import { interleaved, ratePerSecond, type Row } from './measure';
import { ACCOUNTS, CONNECTIONS, PASSWORD, POOL_SIZE, ROUND_SECONDS, ROUNDS } from './workload';

/** Refreshes over HTTP against the same statement sent through `pg` with nothing around it. */
export async function refreshesAgainstStatement(
  client: HttpClient,
  databaseUrl: string,
): Promise<Row> {
  const [http, bare] = [await sessions(client), await sessions(client)];
  const pool = new Pool({ connectionString: databaseUrl, max: POOL_SIZE });
  const refreshes = () =>
    ratePerSecond(CONNECTIONS, ROUND_SECONDS, async (worker) => {
      const { body } = await client.send('POST', '/auth/refresh', {
        body: { refresh_token: http[worker]! },
      });
      http[worker] = body.refresh_token;
    });
  const prepared = await Promise.all(bare.map((token) => captureRotation(token)));
  const counters = prepared.map(() => 0);
  const statements = () =>
    ratePerSecond(CONNECTIONS, ROUND_SECONDS, async (worker) => {
      const statement = prepared[worker]!;
      await advance(pool, statement, counters[worker]!);
      counters[worker]! += 1;
    });
  await refreshes();
  await statements();
  const { first, second, ratio } = await interleaved(ROUNDS, refreshes, statements);
  await pool.end();
  return {
    what: 'refresh ÷ the same statement through pg',
    reached: ratio.toFixed(3),
    bar: '≥ 0.60',
    detail: `${first.toFixed(0)}/s against ${second.toFixed(0)}/s, ${CONNECTIONS} connections`,
  };
}

async function sessions(client: HttpClient): Promise<string[]> {
  const tokens: string[] = [];
  for (const email of ACCOUNTS)
    tokens.push((await login(client, email, PASSWORD)).body.refresh_token);
  return tokens;
}

async function advance(pool: Pool, statement: CapturedStatement, counter: number): Promise<void> {
  const { rowCount } = await pool.query(statement.sql, statement.parametersFor(counter));
  if (rowCount !== 1) throw new Error('the bare statement rotated nothing');
}
