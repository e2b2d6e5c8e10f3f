import { isId } from '../database/identifiers';
import type { CreatorLookup, PolicyAnswer, PolicyContext } from '../route-access/policy';
import type { Principal } from '../route-access/principal';

/**
 * Whether somebody else created what the principal is about to touch. A creator that is no id in its
 * one canonical spelling is nobody we know, and could be the principal spelt differently.
 */
export async function fourEyes(
  creators: CreatorLookup,
  principal: Principal,
  context: PolicyContext,
): Promise<PolicyAnswer> {
  const creator = await creators.creatorOf(context, principal);
  if (creator === undefined) return 'not_found';
  return isId(creator) && creator !== principal.accountId;
}
