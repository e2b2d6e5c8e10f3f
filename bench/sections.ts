import type { DevPostgres } from '@portcullis/dev-postgres';
import { Client } from 'pg';
import { startApp, type AppProcess } from './app-process';
import { guardedAgainstOpen } from './guarded';
import { HttpClient, login } from './http-client';
import { loginsAgainstRawBcrypt } from './logins';
import type { Row } from './measure';
import { cacheMemory } from './cache-memory';
import { clientSize } from './client-size';
import { clientInTabs } from './client-tabs';
import { cookieAgainstBearer } from './session-cookies';
import { permissionChecks } from './permission-checks';
import { propagationDelays } from './propagation';
import { refreshesAgainstStatement } from './refreshes';
import { refreshesAtScale } from './scale';
import { countStatements } from './statements';
import { typeChecks } from './type-checks';
import { ACCOUNTS, PASSWORD, type HttpAdapterName } from './workload';

/** A PostgreSQL of a section's own. */
export interface BenchPostgres {
  readonly server: DevPostgres;
  readonly dataDirectory: string;
}

/** One question; it starts a PostgreSQL when it needs one. */
type Section = (postgres: () => Promise<BenchPostgres>) => Promise<Row[]>;

/** In the order in which they run. */
export const SECTIONS: Readonly<Record<string, Section>> = {
  async statements(postgres) {
    const { server, dataDirectory } = await postgres();
    const url = await databaseOf(server);
    await logEveryStatement(url);
    return onApp(url, 'express', (client) => countStatements(client, dataDirectory));
  },

  async guarded(postgres) {
    const { server } = await postgres();
    const rows: Row[] = [];
    for (const adapter of ['express', 'fastify'] as const) {
      rows.push(...(await onApp(await databaseOf(server), adapter, guarded(adapter))));
    }
    return rows;
  },

  async sessions(postgres) {
    const url = await databaseOf((await postgres()).server);
    return onApp(url, 'express', async (client) => [
      await loginsAgainstRawBcrypt(client),
      await refreshesAgainstStatement(client, url),
    ]);
  },

  access: permissionChecks,

  async propagation(postgres) {
    return propagationDelays(await databaseOf((await postgres()).server));
  },

  async scale(postgres) {
    const { server } = await postgres();
    return refreshesAtScale(() => databaseOf(server));
  },

  async cookies(postgres) {
    const { server } = await postgres();
    const rows: Row[] = [];
    for (const adapter of ['express', 'fastify'] as const) {
      const measure = (client: HttpClient, app: AppProcess) =>
        cookieAgainstBearer(client, app, adapter);
      rows.push(...(await onApp(await databaseOf(server), adapter, measure)));
    }
    return rows;
  },

  memory: () => Promise.resolve(cacheMemory()),

  types: () => Promise.resolve(typeChecks()),

  'client-size': clientSize,

  async 'client-tabs'(postgres) {
    return clientInTabs(await databaseOf((await postgres()).server));
  },
};

function guarded(adapter: HttpAdapterName) {
  return async (client: HttpClient, app: AppProcess): Promise<Row[]> => {
    const { body } = await login(client, ACCOUNTS[0]!, PASSWORD);
    return guardedAgainstOpen(app, body.access_token, adapter);
  };
}

let databases = 0;

async function databaseOf(server: DevPostgres): Promise<string> {
  const name = `bench_${(databases += 1)}`;
  await server.createDatabase(name);
  return server.connectionUrl(name);
}

async function onApp(
  databaseUrl: string,
  adapter: HttpAdapterName,
  measure: (client: HttpClient, app: AppProcess) => Promise<Row[]>,
): Promise<Row[]> {
  const app = await startApp(databaseUrl, adapter);
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
  await client.query(`DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET log_statement = ''all''', current_database());
  END $$`);
  await client.end();
}
