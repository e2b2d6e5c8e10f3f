import type { AuditOrigin } from '../audit/audit-event';

/** That an account holds a role. @publicApi */
export interface Assignment {
  readonly id: string;
  readonly accountId: string;
  readonly role: string;
  /** Null: it holds in every tenant. */
  readonly tenantId: string | null;
  /** Null: it holds from the beginning. */
  readonly validFrom: Date | null;
  /** The first moment at which it no longer holds. Null: it has no end. */
  readonly validUntil: Date | null;
  readonly reason: string | null;
  readonly createdBy: string | null;
  readonly createdAt: Date;
}

/** What to assign. @publicApi */
export interface NewAssignment {
  readonly accountId: string;
  readonly role: string;
  readonly tenantId?: string;
  readonly validFrom?: Date;
  readonly validUntil?: Date;
  /** Why; kept with the assignment and in the audit. */
  readonly reason?: string;
  /** The account that assigns. */
  readonly actorId?: string;
  readonly origin?: AuditOrigin;
}

/** Which assignment to take away. @publicApi */
export interface RemovedAssignment {
  readonly accountId: string;
  readonly role: string;
  /** Left out: the assignment that holds in every tenant. */
  readonly tenantId?: string;
  /** The account that takes it away. */
  readonly actorId?: string;
  readonly origin?: AuditOrigin;
}

/** What came of an attempt to assign. */
export type AssignOutcome =
  | { readonly outcome: 'assigned'; readonly assignment: Assignment }
  | { readonly outcome: 'no_account' | 'no_role' | 'duplicate' }
  | { readonly outcome: 'apart'; readonly from: string };
