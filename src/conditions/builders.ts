import { brandCondition, nodeOf, type Condition, type FieldOf } from './condition';
import { fieldName } from './field-name';
import { storableOperand } from './operand';

/** A column and one value that it can hold. */
type FieldAndValue<Row> = {
  [Field in FieldOf<Row>]: [field: Field, value: Row[Field]];
}[FieldOf<Row>];

/** A column and values that it can hold. */
type FieldAndValues<Row> = {
  [Field in FieldOf<Row>]: [field: Field, values: readonly Row[Field][]];
}[FieldOf<Row>];

/**
 * The row belongs to the account of the principal: `row[field]` is its id.
 *
 * @example
 * interface Invoice { readonly createdBy: string; readonly status: 'draft' | 'approved' }
 * const own = ownedBy<Invoice>('createdBy');
 *
 * @throws TypeError when the name cannot be that of a column
 *
 * @publicApi
 */
export function ownedBy<Row>(field: FieldOf<Row, string>): Condition<Row> {
  return brandCondition({ kind: 'owned_by', field: fieldName(field) });
}

/**
 * The row belongs to the tenant of the principal: `row[field]` is its id. For a principal without a
 * tenant it is `null`, which marks the rows of no tenant; they are not the rows of every tenant.
 *
 * @example
 * interface Invoice { readonly tenantId: string | null }
 * const here = inTenant<Invoice>('tenantId');
 *
 * @throws TypeError when the name cannot be that of a column
 *
 * @publicApi
 */
export function inTenant<Row>(field: FieldOf<Row, string>): Condition<Row> {
  return brandCondition({ kind: 'in_tenant', field: fieldName(field) });
}

/**
 * `row[field]` is the value: text by code points, numbers by size, dates by millisecond, and `null`
 * only by `null`.
 *
 * @example
 * interface Invoice { readonly status: 'draft' | 'approved'; readonly approvedBy: string | null }
 * const draft = eq<Invoice>('status', 'draft');
 * const open = eq<Invoice>('approvedBy', null);
 *
 * @throws TypeError when the name cannot be that of a column, and for `undefined`, `NaN`, numbers
 *   beyond 2^53 - 1, invalid dates, dates outside the years 1 to 9999, and text that PostgreSQL cannot
 *   store (NUL, half a surrogate pair): validate what a request sent before it becomes a condition
 *
 * @publicApi
 */
export function eq<Row>(...[field, value]: FieldAndValue<Row>): Condition<Row> {
  const name = fieldName(field);
  return brandCondition({
    kind: 'among',
    field: name,
    values: Object.freeze([storableOperand(value, name)]),
  });
}

/**
 * `row[field]` is one of the values. Of no values none is one: an empty list matches no row.
 *
 * @example
 * interface Invoice { readonly status: 'draft' | 'approved' | 'void' }
 * const settled = isIn<Invoice>('status', ['approved', 'void']);
 *
 * @throws TypeError as `eq` does, and when the values are no array
 *
 * @publicApi
 */
export function isIn<Row>(...[field, values]: FieldAndValues<Row>): Condition<Row> {
  const name = fieldName(field);
  if (!Array.isArray(values))
    throw new TypeError(`A condition on "${name}" needs a list of values.`);
  return brandCondition({
    kind: 'among',
    field: name,
    // Array.from, so that a hole of the list is undefined and refused.
    values: Object.freeze(Array.from(values, (value: unknown) => storableOperand(value, name))),
  });
}

/**
 * Every condition holds.
 *
 * @example
 * interface Invoice { readonly createdBy: string; readonly status: 'draft' | 'approved' }
 * const editable: Condition<Invoice> = and(ownedBy('createdBy'), eq('status', 'draft'));
 *
 * @throws TypeError for no condition at all, and for what no builder made
 *
 * @publicApi
 */
export function and<Row>(...conditions: [Condition<Row>, ...Condition<Row>[]]): Condition<Row> {
  return combined('all', conditions);
}

/**
 * At least one condition holds.
 *
 * @example
 * interface Invoice { readonly createdBy: string; readonly published: boolean }
 * const readable: Condition<Invoice> = or(ownedBy('createdBy'), eq('published', true));
 *
 * @throws TypeError for no condition at all, and for what no builder made
 *
 * @publicApi
 */
export function or<Row>(...conditions: [Condition<Row>, ...Condition<Row>[]]): Condition<Row> {
  return combined('any', conditions);
}

/**
 * The condition does not hold. There is no third answer: `not(eq('status', 'draft'))` holds for a
 * status of `null`, in SQL as well.
 *
 * @example
 * interface Invoice { readonly createdBy: string }
 * const ofOthers = not(ownedBy<Invoice>('createdBy'));
 *
 * @throws TypeError for what no builder made
 *
 * @publicApi
 */
export function not<Row>(condition: Condition<Row>): Condition<Row> {
  return brandCondition({ kind: 'not', of: nodeOf(condition) });
}

function combined<Row>(kind: 'all' | 'any', conditions: readonly unknown[]): Condition<Row> {
  // The compiler refuses it too. Whether nothing means everybody or nobody is not to be guessed.
  if (conditions.length === 0) throw new TypeError('and() and or() need at least one condition.');
  return brandCondition({ kind, of: Object.freeze(conditions.map(nodeOf)) });
}
