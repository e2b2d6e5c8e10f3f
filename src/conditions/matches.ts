import type { Condition } from './condition';
import { operandOf, sameOperand, type Operand } from './operand';
import {
  resolveCondition,
  type ConditionPrincipal,
  type ResolvedCondition,
} from './resolve-condition';

/**
 * Whether a condition holds for a row, as loaded by TypeORM or about to be written.
 *
 * A field is read from the row itself or from a getter of its class, never from what every object
 * inherits. A row without the field (a `select` that left it out) is an error rather than an answer:
 * under `not`, a missing value would open the row.
 *
 * @example
 * interface Invoice { readonly createdBy: string; readonly status: 'draft' | 'approved' }
 * const editable: Condition<Invoice> = and(ownedBy('createdBy'), eq('status', 'draft'));
 * const mayEdit = (principal: Principal, invoice: Invoice): boolean =>
 *   matches(editable, principal, invoice);
 *
 * @throws TypeError for what no builder made, a principal without an account, and a row in which a
 *   field is missing or no scalar
 *
 * @publicApi
 */
export function matches<Row extends object>(
  condition: Condition<Row>,
  principal: ConditionPrincipal,
  row: Row,
): boolean {
  return holds(resolveCondition(condition, principal), row);
}

function holds(condition: ResolvedCondition, row: object): boolean {
  switch (condition.kind) {
    case 'among': {
      const held = valueOf(row, condition.field);
      return condition.values.some((value) => sameOperand(value, held));
    }
    case 'all':
      return condition.of.every((child) => holds(child, row));
    case 'any':
      return condition.of.some((child) => holds(child, row));
    case 'not':
      return !holds(condition.of, row);
  }
}

function valueOf(row: object, field: string): Operand {
  const held = isColumn(row, field) ? operandOf(Reflect.get(row, field)) : undefined;
  if (held === undefined) throw new TypeError(`The row holds no scalar in "${field}": load it.`);
  return held;
}

/**
 * Whether a row answers for a field: with a property of its own or, where an entity declares an
 * accessor, a getter of its class. Data and methods of a prototype are no columns, and the root of
 * the chain is never asked, so that a polluted `Object.prototype` decides nothing (AZ-10).
 */
function isColumn(row: object, field: string): boolean {
  if (Object.hasOwn(row, field)) return true;
  for (let type = parentOf(row); type !== null; type = parentOf(type)) {
    if (parentOf(type) === null) return false;
    const declared = Object.getOwnPropertyDescriptor(type, field);
    if (declared !== undefined) return declared.get !== undefined;
  }
  return false;
}

function parentOf(value: object): object | null {
  return Object.getPrototypeOf(value) as object | null;
}
