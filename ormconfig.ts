import type { DataSource } from 'typeorm';
import { dataSourceOptions, ServerDataSource } from './server/database/server-data-source';
import { readEnvironment } from './server/env';

/**
 * The DataSource for TypeORM's command line: that of `DATABASE_URL`, or the embedded PostgreSQL,
 * which a running server shares. A promise, because the embedded one has to start first.
 */
const dataSource: Promise<DataSource> = ServerDataSource.prepare(
  dataSourceOptions(readEnvironment()),
);

export default dataSource;
