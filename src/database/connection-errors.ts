import type { EventEmitter } from 'node:events';
import type { DataSource } from 'typeorm';

/** The pools of TypeORM's driver for PostgreSQL: that of the primary, and those of replicas. */
interface PooledDriver {
  readonly master?: EventEmitter;
  readonly slaves?: readonly EventEmitter[];
}

/**
 * Has every new connection of the pools listen to its errors from its first moment.
 *
 * PostgreSQL ends connections when it restarts, also those that it has just opened; both may arrive in
 * one packet. TypeORM listens only after that packet, and an error that nobody listens to ends the
 * process. Whoever got the connection hears of it by their first statement, as `database_unavailable`.
 */
export function listenToNewConnections(dataSource: DataSource): void {
  const { master, slaves = [] } = dataSource.driver as PooledDriver;
  for (const pool of [master, ...slaves]) {
    pool?.on('connect', (connection: EventEmitter) => connection.on('error', () => undefined));
  }
}
