import { types } from 'node:util';

/** What a column can hold and a condition compares. `null` is a value like any other. @publicApi */
export type Scalar = string | number | boolean | Date | null;

/** A point in time as data: a `Date` could still be changed after the condition was built. */
export interface Instant {
  readonly epochMilliseconds: number;
}

/** A scalar that nobody can change. */
export type Operand = string | number | boolean | Instant | null;

/** The years that JavaScript and PostgreSQL write alike. */
const FIRST_INSTANT = Date.parse('0001-01-01T00:00:00.000Z');
const LAST_INSTANT = Date.parse('9999-12-31T23:59:59.999Z');

/** PostgreSQL stores no NUL, and a lone surrogate would reach it as U+FFFD, which is another text. */
const UNSTORABLE = /[\0\p{Cs}]/u;

/** A value as an operand; `undefined` for what is no scalar. */
export function operandOf(value: unknown): Operand | undefined {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return value;
    case 'object':
      if (value === null) return null;
      // Asked of the internal slot: a subclass may answer getTime() as it likes.
      return types.isDate(value)
        ? Object.freeze({ epochMilliseconds: Date.prototype.getTime.call(value) })
        : undefined;
    default:
      return undefined;
  }
}

/**
 * An operand that is the same value in memory and in PostgreSQL.
 *
 * @throws TypeError for everything else
 */
export function storableOperand(value: unknown, field: string): Operand {
  const operand = operandOf(value);
  const refusal = operand === undefined ? 'is no scalar' : refusalOf(operand);
  if (operand === undefined || refusal !== undefined) {
    throw new TypeError(`A condition on "${field}" got a value that ${refusal ?? ''}.`);
  }
  return operand;
}

/** Two-valued equality: `null` equals `null`. */
export function sameOperand(left: Operand, right: Operand): boolean {
  return isInstant(left) && isInstant(right)
    ? left.epochMilliseconds === right.epochMilliseconds
    : left === right;
}

export function isInstant(operand: Operand): operand is Instant {
  return typeof operand === 'object' && operand !== null;
}

function refusalOf(operand: Operand): string | undefined {
  if (typeof operand === 'string' && UNSTORABLE.test(operand)) {
    return 'PostgreSQL cannot store: it holds a NUL or half a surrogate pair';
  }
  // Beyond it, two numbers of a bigint column would be one number here.
  if (typeof operand === 'number' && !(Math.abs(operand) <= Number.MAX_SAFE_INTEGER)) {
    return 'is not a number of at most 2^53 - 1 in size';
  }
  if (operand === null || !isInstant(operand)) return undefined;
  const { epochMilliseconds } = operand;
  return epochMilliseconds >= FIRST_INSTANT && epochMilliseconds <= LAST_INSTANT
    ? undefined
    : 'is no date of the years 1 to 9999';
}
