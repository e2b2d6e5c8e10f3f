import type { Principal } from '../route-access/principal';
import { nodeOf, type Condition, type ConditionNode } from './condition';
import { storableOperand, type Operand } from './operand';

/** What a condition needs to know of whoever asks. @publicApi */
export type ConditionPrincipal = Pick<Principal, 'accountId' | 'tenantId'>;

/** A condition for one principal. Both deciding and compiling start from it. */
export type ResolvedCondition =
  | { readonly kind: 'among'; readonly field: string; readonly values: readonly Operand[] }
  | { readonly kind: 'all' | 'any'; readonly of: readonly ResolvedCondition[] }
  | { readonly kind: 'not'; readonly of: ResolvedCondition };

/**
 * Puts the principal into a condition.
 *
 * @throws TypeError for what no builder made, and for a principal without an account
 */
export function resolveCondition<Row>(
  condition: Condition<Row>,
  principal: ConditionPrincipal,
): ResolvedCondition {
  const account = idOf(principal.accountId, 'accountId');
  const tenant = idOf(principal.tenantId ?? null, 'tenantId');
  if (account === null) throw new TypeError('A condition needs a principal with an account.');
  return resolve(nodeOf(condition), account, tenant);
}

function resolve(node: ConditionNode, account: Operand, tenant: Operand): ResolvedCondition {
  switch (node.kind) {
    case 'owned_by':
      return { kind: 'among', field: node.field, values: [account] };
    case 'in_tenant':
      return { kind: 'among', field: node.field, values: [tenant] };
    case 'among':
      return node;
    case 'not':
      return { kind: 'not', of: resolve(node.of, account, tenant) };
    case 'all':
    case 'any':
      return { kind: node.kind, of: node.of.map((child) => resolve(child, account, tenant)) };
  }
}

/** An empty id would find the rows that somebody left empty. */
function idOf(value: unknown, name: string): Operand {
  if (value === null) return null;
  if (typeof value !== 'string' || value === '') {
    throw new TypeError(`The ${name} of a principal is text that is not empty.`);
  }
  return storableOperand(value, name);
}
