/**
 * - `added`, `removed`: there was, or there is, no such route or role;
 * - `newly_public`: it needed somebody signed in, and needs nobody now; or it is new and public;
 * - `widened`: somebody may use it who could not, or nothing proves the contrary;
 * - `narrowed`: it asks for more;
 * - `changed`: both, so it counts as widened;
 * - `renamed`: the same route at another path, under another name, or answered by another handler;
 * - `reworded`: only the stated reason changed.
 *
 * @publicApi
 */
export type AccessDifferenceKind =
  | 'added'
  | 'removed'
  | 'newly_public'
  | 'widened'
  | 'narrowed'
  | 'changed'
  | 'renamed'
  | 'reworded';

/** One change between two maps of access. @publicApi */
export interface AccessDifference {
  readonly kind: AccessDifferenceKind;
  /** Whether it opens anything, or might. */
  readonly widens: boolean;
  /** For example `GET /invoices/:id`, `role clerk` or `setting globalGuards`. */
  readonly subject: string;
  readonly details: readonly string[];
}
