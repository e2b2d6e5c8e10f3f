import type { Operand } from './operand';
import type { ResolvedCondition } from './resolve-condition';

/** A column of one query, ready to be compared. */
export interface QueryColumn {
  /** The column in SQL: quoted, with its alias where the statement has one. */
  readonly sql: string;
  /** The left side of an equation. */
  readonly left: string;
  /** Whether the column is finer than the milliseconds of a `Date`. */
  readonly keepsMicroseconds: boolean;
  /** The parameter that stands for a value; `undefined` when no row can hold it. */
  parameterOf(value: Exclude<Operand, null>): unknown;
}

/** What a compiled condition is made of. */
export interface CompiledCondition {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/**
 * A resolved condition as SQL that is TRUE or FALSE for every row and never NULL, so that AND, OR and
 * NOT around it mean what they mean in memory, the caller's own included.
 *
 * What it may not hold, because TypeORM rewrites statements as text: a cast with `::` (read as a
 * parameter), a string literal, and an unquoted word that could be a property.
 */
export function compileCondition(
  condition: ResolvedCondition,
  columnOf: (field: string) => QueryColumn,
  nameOf: (index: number) => string,
): CompiledCondition {
  const parameters: Record<string, unknown> = {};
  let count = 0;
  const bind = (value: unknown): string => {
    const name = nameOf(count++);
    parameters[name] = value;
    return `:${name}`;
  };
  const compile = (node: ResolvedCondition): string => {
    switch (node.kind) {
      case 'among':
        return among(columnOf(node.field), node.values, bind);
      case 'not':
        return `NOT ${compile(node.of)}`;
      case 'all':
        return `(${node.of.map(compile).join(' AND ')})`;
      case 'any':
        return `(${node.of.map(compile).join(' OR ')})`;
    }
  };
  return { sql: compile(condition), parameters };
}

function among(
  column: QueryColumn,
  values: readonly Operand[],
  bind: (value: unknown) => string,
): string {
  const isNull = values.includes(null) ? [`${column.sql} IS NULL`] : [];
  const present = values.filter((value) => value !== null);
  const equations = column.keepsMicroseconds
    ? present.map((value) => sameMillisecond(column, value, bind))
    : equation(column, present, bind);
  // `x = 1` is NULL for a NULL, and NOT would keep it: with IS NOT NULL beside it, it is FALSE.
  const held = equations.map((sql) => `(${sql} AND ${column.sql} IS NOT NULL)`);
  const alternatives = [...isNull, ...held];
  return alternatives.length === 0 ? '(FALSE)' : `(${alternatives.join(' OR ')})`;
}

function equation(
  column: QueryColumn,
  values: readonly Exclude<Operand, null>[],
  bind: (value: unknown) => string,
): string[] {
  const parameters = values
    .map((value) => column.parameterOf(value))
    .filter((parameter) => parameter !== undefined);
  if (parameters.length === 0) return [];
  const [only, ...more] = parameters;
  return more.length === 0
    ? [`${column.left} = ${bind(only)}`]
    : [`${column.left} = ANY(${bind(parameters)})`];
}

/** A `Date` has dropped three digits that PostgreSQL keeps. A range finds them and keeps the index. */
function sameMillisecond(
  column: QueryColumn,
  value: Exclude<Operand, null>,
  bind: (value: unknown) => string,
): string {
  const parameter = column.parameterOf(value);
  if (typeof parameter !== 'number') return 'FALSE';
  // As text: pg writes a Date in local time, whose offset it rounds to minutes.
  const first = new Date(parameter).toISOString();
  const last = first.replace('Z', '999Z');
  return `${column.left} >= ${bind(first)} AND ${column.left} <= ${bind(last)}`;
}
