import type { Purge } from '../database/purge';

/** Token of everything that is cleaned up, one purge a kind of rows. It shares its name with the type. */
export const Purges = Symbol('Purges');

export type Purges = readonly Purge[];
