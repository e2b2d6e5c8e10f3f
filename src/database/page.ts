import { AuthError } from '../errors/auth-error';
import { isId } from './identifiers';

/** One page of a list, the newest first. @publicApi */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Pass it as `cursor` for the next page; null on the last one. */
  readonly nextCursor: string | null;
}

/** Which page of a list. @publicApi */
export interface PageRequest {
  /** How many items at most, 1 to 100. @default 50 */
  readonly limit?: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
}

/** The same, checked. One row more than the page holds tells whether another page follows. */
export interface Keyset {
  readonly limit: number;
  readonly rows: number;
  /** The id after which the page begins; ids rise with time, so they are the keyset. */
  readonly before?: string;
}

const DEFAULT_LIMIT = 50;
export const MAX_LIMIT = 100;

/**
 * Reads which page is meant. A cursor is an id of the list and nothing else: it names a position and
 * carries no filter, so an edited one can only point elsewhere in the same list (AD-3, AD-4).
 *
 * @throws AuthError `validation_failed`
 */
export function keysetOf({ limit = DEFAULT_LIMIT, cursor }: PageRequest): Keyset {
  const errors = [
    ...(Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT
      ? []
      : [{ field: 'limit', message: `must be a whole number from 1 to ${MAX_LIMIT}` }]),
    ...(cursor === undefined || isId(cursor)
      ? []
      : [{ field: 'cursor', message: 'must be nextCursor of a page of this list' }]),
  ];
  if (errors.length > 0) throw new AuthError('validation_failed', { errors });
  return { limit, rows: limit + 1, before: cursor };
}

/** Cuts the one row too many off, and says where the next page begins. */
export function pageOf<Item extends { readonly id: string }>(
  rows: readonly Item[],
  { limit }: Keyset,
): Page<Item> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last !== undefined ? last.id : null };
}
