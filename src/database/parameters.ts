/** Collects the parameters of one statement and hands out their placeholders, so that no position is counted by hand. */
export class Parameters {
  readonly values: unknown[] = [];

  /** The placeholder of a value, with the type PostgreSQL shall read it as. */
  add(value: unknown, type: SqlType): string {
    this.values.push(value ?? null);
    return `$${this.values.length}::${type}`;
  }
}

export type SqlType =
  | 'uuid'
  | 'uuid[]'
  | 'text'
  | 'text[]'
  | 'bytea'
  | 'integer'
  | 'bigint'
  | 'float8[]'
  | 'boolean'
  | 'jsonb'
  | 'timestamptz'
  | 'interval'
  | 'pg_snapshot';

/** Seconds as PostgreSQL reads an interval. */
export function seconds(count: number): string {
  return `${count} seconds`;
}
