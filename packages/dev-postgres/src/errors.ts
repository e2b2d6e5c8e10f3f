/**
 * Every reason this package fails for.
 *
 * - `binaries_not_found`: no PostgreSQL that runs here; the message says where was looked.
 * - `data_directory_unusable`: the directory cannot be created, read or handed to the server's user.
 * - `data_directory_incompatible`: it was made by another major version of PostgreSQL.
 * - `init_failed`, `start_failed`, `stop_failed`: the server's own words are in the message.
 * - `database_name_invalid`, `database_exists`, `template_not_found`, `template_in_use`.
 */
export type DevPostgresErrorCode =
  | 'binaries_not_found'
  | 'data_directory_unusable'
  | 'data_directory_incompatible'
  | 'init_failed'
  | 'start_failed'
  | 'stop_failed'
  | 'database_name_invalid'
  | 'database_exists'
  | 'template_not_found'
  | 'template_in_use';

/** The one error class of this package: switch on {@link DevPostgresError.code}. */
export class DevPostgresError extends Error {
  override readonly name = 'DevPostgresError';

  constructor(
    readonly code: DevPostgresErrorCode,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
  }
}

/** The `code` that Node and pg put on their errors: `ENOENT`, `42P04`. */
export function systemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
