import type { ClientConfig } from 'pg';
import type { DataSource } from 'typeorm';

/**
 * How to open one more connection to the database of a DataSource, outside its pool: exactly as the pool
 * does, or it would go without the TLS that the pool insists on.
 *
 * @throws Error when the DataSource is not PostgreSQL
 */
export function connectionParametersOf(dataSource: DataSource): ClientConfig {
  const { options } = dataSource;
  if (options.type !== 'postgres') {
    throw new Error(`Portcullis needs PostgreSQL, but the DataSource is of type ${options.type}.`);
  }
  const primary = options.replication?.master ?? options;
  return {
    connectionString: primary.url,
    host: primary.host,
    port: primary.port,
    user: primary.username,
    password: primary.password,
    database: primary.database,
    ssl: primary.ssl as ClientConfig['ssl'],
    // TypeORM lays it over the rest, so that `extra.ssl` wins over `ssl`.
    ...(options.extra as ClientConfig | undefined),
  };
}
