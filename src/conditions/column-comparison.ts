import { isId } from '../database/identifiers';
import { operandOf } from './operand';

/** How the values of one column type are compared, so that SQL answers as `===` does in memory. */
export interface ColumnComparison {
  /** The JavaScript types that a transformer may hand to such a column; none: no transformer. */
  readonly accepts: readonly string[];
  /** The value as a parameter; `undefined` when no row of the column can read as this value. */
  parameter(value: unknown, column: ComparedColumn): unknown;
  /** The left side of the comparison, where it is more than the column. */
  left?(column: string, compared: ComparedColumn): string;
  /** How pg hands a parameter back, where it is not the parameter itself. */
  readBack?(parameter: unknown, column: ComparedColumn): unknown;
}

/** The type whose values are instants. */
export const INSTANTS = 'timestamp with time zone';

/** What a comparison has to know of a column. */
export interface ComparedColumn {
  readonly collation?: string;
  readonly enum?: readonly (string | number)[];
  /** Whether a transformer stands between the column and the property. */
  readonly transformed: boolean;
  /** Whether the DataSource reads `bigint` as numbers (`parseInt8`). */
  readonly bigintAsNumber: boolean;
}

const INT8 = /^(?:0|-?[1-9]\d{0,18})$/;
const DECIMAL = /^-?\d+(?:\.\d+)?$/;

function ofType(type: 'string' | 'boolean' | 'number'): ColumnComparison {
  return {
    accepts: [type],
    parameter: (value) => (typeof value === type ? value : undefined),
  };
}

function integer(bits: 16 | 32): ColumnComparison {
  const limit = 2 ** (bits - 1);
  return {
    accepts: ['number'],
    parameter: (value) =>
      typeof value === 'number' && Number.isInteger(value) && value >= -limit && value < limit
        ? value
        : undefined,
  };
}

const text: ColumnComparison = {
  ...ofType('string'),
  // A column's own collation may hold different texts for equal; "C" never does.
  left: (column, { collation }) => (collation === undefined ? column : `(${column} COLLATE "C")`),
};

const bigint: ColumnComparison = {
  accepts: ['number', 'bigint', 'string'],
  parameter: (value, { transformed, bigintAsNumber }) => {
    // Without a transformer a row holds text, or a number with `parseInt8`, and nothing else equals it.
    if (!transformed && typeof value !== (bigintAsNumber ? 'number' : 'string')) return undefined;
    const digits = Object.is(value, -0) ? '0' : String(value);
    return INT8.test(digits) && BigInt.asIntN(64, BigInt(digits)) === BigInt(digits)
      ? digits
      : undefined;
  },
  readBack: (digits, { bigintAsNumber }) => (bigintAsNumber ? Number(digits) : digits),
};

const numeric: ColumnComparison = {
  accepts: ['number', 'string'],
  parameter: (value, { transformed }) => {
    if (!transformed) return typeof value === 'string' ? value : undefined;
    return typeof value === 'number' || DECIMAL.test(String(value)) ? Number(value) : undefined;
  },
  // A row holds the text, zeros at the end included; behind a transformer, a number made of it.
  left: (column, { transformed }) => `CAST(${column} AS ${transformed ? '"float8"' : '"text"'})`,
  readBack: (number, { transformed }) => (transformed ? String(number) : number),
};

/** The types of PostgreSQL whose columns can be compared, as TypeORM normalises their names. */
export const COMPARISONS: ReadonlyMap<string, ColumnComparison> = new Map<string, ColumnComparison>(
  [
    ['text', text],
    ['character varying', text],
    ['uuid', { accepts: ['string'], parameter: (value) => (isId(value) ? value : undefined) }],
    [
      'enum',
      {
        accepts: [],
        parameter: (value, column) =>
          column.enum?.some((label) => label === value) === true ? String(value) : undefined,
      },
    ],
    [
      INSTANTS,
      {
        accepts: ['object'],
        parameter: (value) => {
          const operand = operandOf(value) ?? null;
          return typeof operand === 'object' ? operand?.epochMilliseconds : undefined;
        },
        readBack: (epochMilliseconds) => new Date(Number(epochMilliseconds)),
      },
    ],
    ['boolean', ofType('boolean')],
    ['smallint', integer(16)],
    ['integer', integer(32)],
    ['bigint', bigint],
    ['numeric', numeric],
    ['double precision', ofType('number')],
    [
      'real',
      // A row holds the shortest decimal of a real, which PostgreSQL reads as another real number.
      { ...ofType('number'), left: (column) => `CAST(CAST(${column} AS "text") AS "float8")` },
    ],
  ],
);

/** Types whose columns can only be compared with `null`: what a row holds depends on the process. */
export const ONLY_NULL: ReadonlySet<string> = new Set([
  'timestamp without time zone',
  'date',
  'time without time zone',
  'time with time zone',
  'interval',
  'character',
  'bytea',
]);
