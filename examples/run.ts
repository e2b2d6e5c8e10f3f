import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeDevPostgres } from '@portcullis/dev-postgres';
import { startExamples } from './front/examples';

/** Resolves when the process is asked to end; asked twice, it still tidies up. */
const asked = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => resolve());
});

/** Every start begins anew: with a PostgreSQL and accounts of its own, which end with it. */
async function main(): Promise<void> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'portcullis-examples-'));
  try {
    console.log('Building the pages and starting PostgreSQL and the reference server …');
    const { SPA_PORT = '5173', SSR_PORT = '5174' } = process.env;
    const ports = { spa: Number(SPA_PORT), ssr: Number(SSR_PORT) };
    const examples = await startExamples({ dataDirectory, ports });
    const { server, fronts } = examples;
    console.log('\nAccounts of this start, whose passwords are stored nowhere:\n');
    for (const { email, role, password } of server.accounts) {
      console.log(`  ${email.padEnd(24)}${role.padEnd(15)}${password}`);
    }
    console.log('\nGo to:\n');
    console.log(`  ${fronts.spa.url}   React, access token in memory (examples/spa)`);
    console.log(
      `  ${fronts.ssr.url}   the same without script, one HttpOnly cookie (examples/ssr)`,
    );
    console.log('\nCtrl-C ends it, and everything is forgotten.');
    await Promise.race([asked, server.ended]);
    await examples.stop();
  } finally {
    await removeDevPostgres(dataDirectory);
  }
}

main().catch((error: unknown) => {
  const { code, port } = error as { readonly code?: string; readonly port?: number };
  console.error(code === 'EADDRINUSE' ? `Port ${port} is taken; set SPA_PORT or SSR_PORT.` : error);
  process.exitCode = 1;
});
