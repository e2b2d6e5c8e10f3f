import type { ClientConfig } from 'pg';
import type { DataSource } from 'typeorm';

/**
 * How to open one more connection to the database of a DataSource, outside its pool.
 *
 * @throws Error when the DataSource is not PostgreSQL
 */
export function connectionParametersOf(dataSource: DataSource): ClientConfig {
  const { options } = dataSource;
  if (options.type !== 'postgres') {
    throw new Error(`Portcullis needs PostgreSQL, but the DataSource is of type ${options.type}.`);
  }
  const postgres = options;
  return {
    connectionString: postgres.url,
    host: postgres.host,
    port: postgres.port,
    user: postgres.username,
    password: postgres.password,
    database: postgres.database,
    ssl: postgres.ssl as ClientConfig['ssl'],
  };
}
