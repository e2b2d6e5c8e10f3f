import { isId } from './identifiers';

/**
 * How far a caller of the administration sees: with a tenant only what belongs to it, without one
 * everything. A tenant that is not an id sees nothing (AD-1, AD-5). @publicApi
 */
export interface TenantScope {
  readonly tenantId?: string;
}

/**
 * Whether any row can match all of these filters. Undefined stands for a filter that was not asked
 * for; everything else has to be an id, or a bad one would fail the query or widen it (AD-5).
 */
export function canMatch(...ids: readonly unknown[]): boolean {
  return ids.every((id) => id === undefined || isId(id));
}
