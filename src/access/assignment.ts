import type { AuditOrigin } from '../audit/audit-event';
import type { PageRequest } from '../database/page';
import type { TenantScope } from '../database/tenant-scope';
import type { RoleActivation } from '../route-access/principal';
import type { DelegationRight } from './delegation.service';

/** That an account holds a role. @publicApi */
export interface Assignment {
  readonly id: string;
  readonly accountId: string;
  readonly roleId: string;
  /** Name of the role. */
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

/**
 * Who assigns or takes away. An actor that is named must hold what it gives or takes (AZ-5); without
 * one the change is the system's own, for example by the command line.
 */
export interface AssignmentActor {
  /** The account that acts. */
  readonly actorId?: string;
  /** The roles that are active in the actor's session, where it chose some. */
  readonly activation?: RoleActivation;
  readonly origin?: AuditOrigin;
}

/** Which role: by id, or by name. A name means a role of code or one for every tenant before one of the tenant. */
type RoleOf =
  | { readonly role: string; readonly roleId?: undefined }
  | { readonly roleId: string; readonly role?: undefined };

/** What to assign. @publicApi */
export type NewAssignment = RoleOf &
  AssignmentActor & {
    readonly accountId: string;
    /** Left out: it holds in every tenant. */
    readonly tenantId?: string;
    readonly validFrom?: Date;
    readonly validUntil?: Date;
    /** Why; kept with the assignment and in the audit. */
    readonly reason?: string;
  };

/** Which assignment to take away. @publicApi */
export type RemovedAssignment = AssignmentActor &
  (
    | { readonly assignmentId: string; readonly within?: TenantScope }
    | {
        readonly accountId: string;
        readonly role: string;
        /** Left out: the assignment that holds in every tenant. */
        readonly tenantId?: string;
      }
  );

/** Which assignments to list. @publicApi */
export interface AssignmentQuery extends PageRequest {
  readonly accountId?: string;
  readonly roleId?: string;
  readonly tenantId?: string;
}

/** An assignment that is about to be made, with everything that was decided about it. */
export interface DecidedAssignment {
  readonly given: NewAssignment;
  readonly roleId: string;
  readonly roleName: string;
  /** Roles, by id, that nobody holds together with it. */
  readonly rolesApart: readonly string[];
  readonly right?: DelegationRight;
}

/** What came of an attempt to assign. */
export type AssignOutcome =
  | { readonly outcome: 'assigned'; readonly assignment: Assignment }
  | { readonly outcome: 'no_account' | 'no_tenant' | 'duplicate' }
  | { readonly outcome: 'apart'; readonly from: string };
