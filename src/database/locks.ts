/**
 * What a change of the role model locks exclusively and an assignment shares, after
 * `pg_advisory_xact_lock…`. Migrations take it too, so its spelling never changes.
 *
 * @param schema the placeholder of the schema's name
 */
export function roleModelLockKey(schema: string): string {
  return `hashtextextended('portcullis:roles:' || ${schema}, 0)`;
}
