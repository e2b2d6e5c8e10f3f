export {
  removeDevPostgres,
  startDevPostgres,
  type CreateDatabaseOptions,
  type DevPostgres,
  type DevPostgresOptions,
} from './dev-postgres';
export { DevPostgresError, type DevPostgresErrorCode } from './errors';
export type { BinaryLocations } from './locate';
