import { mkdtempSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeDevPostgres, startDevPostgres } from '@portcullis/dev-postgres';
import { Client } from 'pg';
import { startApp, type AppProcess } from './app-process';
import { guardedAgainstOpen } from './guarded';
import { HttpClient, login } from './http-client';
import { loginsAgainstRawBcrypt } from './logins';
import { printTable, type Row } from './measure';
import { refreshesAgainstStatement } from './refreshes';
import { countStatements } from './statements';
import { ACCOUNTS, PASSWORD } from './workload';

/** Starts all it needs, measures, prints one table, and leaves nothing behind. */
async function main(): Promise<void> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
  const postgres = await startDevPostgres({
    dataDirectory,
    databases: ['counted', 'measured'],
    settings: { log_line_prefix: '%a|' },
  });
  try {
    await logEveryStatement(postgres.connectionUrl('counted'));
    const rows = [
      ...(await onApp(postgres.connectionUrl('counted'), (client) =>
        countStatements(client, dataDirectory),
      )),
      ...(await onApp(postgres.connectionUrl('measured'), async (client, app) => {
        const { body } = await login(client, ACCOUNTS[0]!, PASSWORD);
        return [
          ...(await guardedAgainstOpen(app, body.access_token)),
          await loginsAgainstRawBcrypt(client),
          await refreshesAgainstStatement(client, postgres.connectionUrl('measured')),
        ];
      })),
    ];
    console.log(
      `Node ${process.version}, ${availableParallelism()} cores shared by client, server and database\n`,
    );
    printTable(rows);
  } finally {
    await postgres.stop();
    await removeDevPostgres(dataDirectory);
  }
}

async function onApp(
  databaseUrl: string,
  measure: (client: HttpClient, app: AppProcess) => Promise<Row[]>,
): Promise<Row[]> {
  const app = await startApp(databaseUrl);
  const client = new HttpClient(app.url);
  try {
    return await measure(client, app);
  } finally {
    client.close();
    await app.stop();
  }
}

async function logEveryStatement(databaseUrl: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(`ALTER DATABASE counted SET log_statement = 'all'`);
  await client.end();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
