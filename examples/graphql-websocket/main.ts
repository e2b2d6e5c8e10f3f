import 'reflect-metadata';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeDevPostgres, startDevPostgres } from '@portcullis/dev-postgres';
import { startExample } from './start';

/** Resolves when the process is asked to end; asked twice, it still tidies up. */
const asked = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => resolve());
});

/** Every start begins anew: with a PostgreSQL of its own, which ends with it. */
async function main(): Promise<void> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'portcullis-example-'));
  try {
    const postgres = await startDevPostgres({ dataDirectory, databases: ['example'] });
    const databaseUrl = postgres.connectionUrl('example');
    const { app, accounts } = await startExample(databaseUrl, Number(process.env.PORT ?? 3100));
    console.log('\nAccounts of this start, whose passwords are stored nowhere:\n');
    for (const { email, password, tenants } of accounts) {
      console.log(`  ${email.padEnd(22)}${password}  ${tenants.join(', ')}`);
    }
    console.log(`\nlistening on ${await app.getUrl()}; Ctrl-C ends it`);
    await asked;
    await app.close();
  } finally {
    await removeDevPostgres(dataDirectory);
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
