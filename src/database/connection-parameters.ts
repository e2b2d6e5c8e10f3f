import type { ClientConfig } from 'pg';
import type { DataSource, DataSourceOptions } from 'typeorm';

type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

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
  const postgres = options as PostgresOptions;
  return {
    connectionString: postgres.url,
    host: postgres.host,
    port: postgres.port,
    user: postgres.username,
    password: postgres.password as ClientConfig['password'],
    database: postgres.database,
    ssl: postgres.ssl as ClientConfig['ssl'],
  };
}
