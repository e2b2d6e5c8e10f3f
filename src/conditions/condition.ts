import type { Operand, Scalar } from './operand';

declare const OVER: unique symbol;

/**
 * A condition over the rows of one resource: data, complete and unchangeable, that decides in memory
 * (`matches`) and in PostgreSQL (`whereOf`, `findWhereOf`) alike.
 *
 * Only the builders make one: an object of the same shape, from a request body for instance, is
 * refused wherever a condition is used. A condition over some fields also applies to every row that
 * has more.
 *
 * @publicApi
 */
export interface Condition<in Row> {
  /** For the compiler alone; there is no such member. */
  readonly [OVER]: (row: Row) => void;
}

/** What a condition is made of. */
export type ConditionNode =
  | { readonly kind: 'owned_by'; readonly field: string }
  | { readonly kind: 'in_tenant'; readonly field: string }
  | { readonly kind: 'among'; readonly field: string; readonly values: readonly Operand[] }
  | { readonly kind: 'all' | 'any'; readonly of: readonly ConditionNode[] }
  | { readonly kind: 'not'; readonly of: ConditionNode };

/** The names of the columns of a row that hold nothing but these values, or `null`. @publicApi */
export type FieldOf<Row, Value extends Scalar = Scalar> = {
  [Field in keyof Row & string]-?: IsColumn<Row[Field], Value> extends true ? Field : never;
}[keyof Row & string];

/** Neither `any` nor `unknown` says what a column holds, and `undefined` is no value of one. */
type IsColumn<Held, Value extends Scalar> = 0 extends 1 & Held
  ? false
  : [Exclude<Held, null>] extends [never]
    ? false
    : [Held] extends [Value | null]
      ? true
      : false;

const built = new WeakSet<object>();

/** Makes a node a condition, in a way that neither JSON nor a copy can. */
export function brandCondition<Row>(node: ConditionNode): Condition<Row> {
  built.add(Object.freeze(node));
  return node as ConditionNode & Condition<Row>;
}

/**
 * What a condition is made of.
 *
 * @throws TypeError for what no builder made
 */
export function nodeOf(condition: unknown): ConditionNode {
  if (typeof condition !== 'object' || condition === null || !built.has(condition)) {
    throw new TypeError(
      'Not a condition: only ownedBy, inTenant, eq, isIn, and, or, not make one.',
    );
  }
  return condition as ConditionNode;
}
