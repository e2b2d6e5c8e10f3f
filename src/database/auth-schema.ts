import type { DataSource } from 'typeorm';
import { isAuthEntity } from './auth-entity';

/** The schema our tables sit in when `authEntities()` is called without one. */
export const DEFAULT_SCHEMA = 'auth';

/**
 * The schema that `authEntities({ schema })` gave our tables, read from the entity metadata, so that
 * migrations and SQL can never disagree with the entities.
 *
 * @throws Error when the DataSource was made without `authEntities()`.
 */
export function authSchemaOf(dataSource: DataSource): string {
  const own = dataSource.entityMetadatas.find((metadata) => isAuthEntity(metadata.target));
  if (own === undefined) {
    throw new Error(
      'The DataSource does not know the tables of Portcullis: add ...authEntities() to its entities.',
    );
  }
  return own.schema ?? DEFAULT_SCHEMA;
}
