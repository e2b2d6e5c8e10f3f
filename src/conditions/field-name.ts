/** An identifier, so that nothing in it is a path, an operator or SQL. */
const IDENTIFIER = /^[\p{ID_Start}_][\p{ID_Continue}]*$/u;

/**
 * A name that can be a column of a row. What every object inherits (`__proto__`, `constructor`,
 * `toString` …) is refused here, before any row is read (CVE-2026-1774).
 *
 * @throws TypeError for every other name
 */
export function fieldName(name: unknown): string {
  const usable =
    typeof name === 'string' &&
    IDENTIFIER.test(name) &&
    name !== 'prototype' &&
    !(name in Object.prototype);
  if (!usable) throw new TypeError(`Not the name of a column: ${JSON.stringify(name)}.`);
  return name;
}
