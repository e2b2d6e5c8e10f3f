import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { login, type HttpClient } from './http-client';
import type { Row } from './measure';
import { ACCOUNTS, PASSWORD, TENANT_ID } from './workload';

const REPEATS = 10;

/** Counts statements, BEGIN and COMMIT included, in PostgreSQL's own log. */
export async function countStatements(client: HttpClient, dataDirectory: string): Promise<Row[]> {
  const logOf = () => statementsIn(join(dataDirectory, 'server.log'));
  const during = async (work: () => Promise<unknown>): Promise<number> => {
    const before = logOf();
    for (let count = 0; count < REPEATS; count += 1) await work();
    return (logOf() - before) / REPEATS;
  };
  const [email] = ACCOUNTS as [string];
  let { body } = await login(client, email, PASSWORD);
  const logins = await during(() => login(client, email, PASSWORD));
  const refreshes = await during(async () => {
    ({ body } = await client.send('POST', '/auth/refresh', {
      body: { refresh_token: body.refresh_token },
    }));
  });
  const guarded = await during(() => client.send('GET', '/guarded', { token: body.access_token }));
  const inTenant = { token: body.access_token, tenantId: TENANT_ID };
  await client.send('GET', '/in-tenant', inTenant);
  const tenant = await during(() => client.send('GET', '/in-tenant', inTenant));
  const cold = await coldLoads(client, during);
  const row = (what: string, reached: number, bar: string): Row => ({
    what: `SQL statements: ${what}`,
    reached: String(reached),
    bar,
    detail: `mean of ${REPEATS}, caches warm`,
  });
  return [
    row('login', logins, '≤ 3'),
    row('refresh', refreshes, '1'),
    row('guarded request', guarded, '0'),
    row('guarded request in a tenant, with a role of the database', tenant, '0'),
    { ...row('authority that is not known yet', cold, '1'), detail: `mean of ${REPEATS} accounts` },
  ];
}

/** The first request of accounts in a tenant; signing in loads what holds everywhere. */
async function coldLoads(
  client: HttpClient,
  during: (work: () => Promise<unknown>) => Promise<number>,
): Promise<number> {
  const tokens: string[] = [];
  for (const email of ACCOUNTS.slice(1, REPEATS + 1)) {
    tokens.push((await login(client, email, PASSWORD)).body.access_token);
  }
  return during(() =>
    client.send('GET', '/in-tenant', { token: tokens.pop()!, tenantId: TENANT_ID }),
  );
}

/** `log_line_prefix` is `%a|`, so that the poll of the change feed can be told apart. */
function statementsIn(logFile: string): number {
  return readFileSync(logFile, 'utf8')
    .split('\n')
    .filter((line) => /^bench\|LOG: {2}(?:statement|execute [^:]+): /.test(line)).length;
}
