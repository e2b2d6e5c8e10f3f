import { COMPARISONS, INSTANTS, ONLY_NULL, type ColumnComparison } from './column-comparison';
import type { QueryColumn } from './compile-condition';
import { isInstant, operandOf, sameOperand, type Operand } from './operand';

interface Transformer {
  to(value: unknown): unknown;
  from(value: unknown): unknown;
}

/** The part of TypeORM's column metadata that decides how a column is compared. */
export interface ColumnDescription {
  /** For messages: `Entity.property`. */
  readonly name: string;
  /** The column in SQL, quoted and with its alias. */
  readonly sql: string;
  /** The type as TypeORM normalises it for PostgreSQL. */
  readonly type: string;
  readonly isArray: boolean;
  readonly isNullable: boolean;
  readonly collation?: string | undefined;
  readonly enum?: readonly (string | number)[] | undefined;
  readonly transformer?: Transformer | Transformer[] | undefined;
  readonly bigintAsNumber: boolean;
}

/**
 * How a column is compared in one query.
 *
 * @throws TypeError naming the column, when SQL could answer otherwise than a row in memory: for its
 *   type, or for a transformer that reads NULL as something else
 */
export function queryColumn(column: ColumnDescription): QueryColumn {
  const comparison = COMPARISONS.get(column.type);
  if (column.isArray || (comparison === undefined && !ONLY_NULL.has(column.type))) {
    throw refusal(column, `its type ${column.type}${column.isArray ? '[]' : ''} is not supported`);
  }
  if (column.transformer !== undefined && column.isNullable && readOf(column, null) !== null) {
    throw refusal(column, 'its transformer reads NULL as something else than null');
  }
  return {
    sql: column.sql,
    left: comparison?.left?.(column.sql, traitsOf(column)) ?? column.sql,
    keepsMicroseconds: column.type === INSTANTS,
    parameterOf: (value) => {
      if (comparison === undefined) {
        throw refusal(column, `columns of type ${column.type} only compare with null`);
      }
      return parameterOf(column, comparison, value);
    },
  };
}

function parameterOf(
  column: ColumnDescription,
  comparison: ColumnComparison,
  operand: Exclude<Operand, null>,
): unknown {
  const value = isInstant(operand) ? new Date(operand.epochMilliseconds) : operand;
  const traits = traitsOf(column);
  if (column.transformer === undefined) return comparison.parameter(value, traits);

  const written = transformersOf(column).reduce<unknown>(
    (held, transformer) => transformer.to(held),
    value,
  );
  const usable =
    comparison.accepts.includes(typeof written) &&
    // A decimal has many spellings, and only a number is the same for all of them.
    (column.type !== 'numeric' || typeof value === 'number');
  if (!usable) throw refusal(column, `its transformer makes ${typeof written} of ${typeof value}`);

  const parameter = comparison.parameter(written, traits);
  if (parameter === undefined) return undefined;
  const read = operandOf(readOf(column, comparison.readBack?.(parameter, traits) ?? parameter));
  if (read === undefined || !sameOperand(read, operand)) {
    throw refusal(column, 'its transformer does not read back what it wrote');
  }
  return parameter;
}

/** What a row would hold, or `undefined` when the transformer cannot read the value. */
function readOf(column: ColumnDescription, stored: unknown): unknown {
  try {
    return transformersOf(column).reduceRight<unknown>(
      (held, transformer) => transformer.from(held),
      stored,
    );
  } catch {
    return undefined;
  }
}

function transformersOf({ transformer }: ColumnDescription): readonly Transformer[] {
  return transformer === undefined ? [] : [transformer].flat();
}

function traitsOf(column: ColumnDescription): Parameters<ColumnComparison['parameter']>[1] {
  return {
    ...(column.collation === undefined ? {} : { collation: column.collation }),
    ...(column.enum === undefined ? {} : { enum: column.enum }),
    transformed: column.transformer !== undefined,
    bigintAsNumber: column.bigintAsNumber,
  };
}

function refusal({ name }: ColumnDescription, why: string): TypeError {
  return new TypeError(`A condition on ${name} cannot become a where: ${why}.`);
}
