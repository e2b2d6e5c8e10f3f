import type { Condition } from '../conditions/condition';
import type { PageRequest } from '../database/page';
import type { TenantScope } from '../database/tenant-scope';
import type { RoleActivation } from '../route-access/principal';

/**
 * Why something is allowed or not. `tenant_unknown` also stands for a disabled tenant.
 *
 * @publicApi
 */
export type DecisionCode =
  | 'allowed'
  | 'permission_missing'
  | 'permission_unknown'
  | 'account_unknown'
  | 'account_disabled'
  | 'tenant_unknown'
  | 'condition_unmet';

/** Whether an account may do something, and why. @publicApi */
export interface Decision {
  readonly allowed: boolean;
  readonly code: DecisionCode;
  /** Names this one decision; a denial is logged with it. */
  readonly decisionId: string;
}

/** Where, on what and with which roles something would be done. @publicApi */
export interface CheckOptions<Row extends object = object> {
  /** Id or key. Left out: only what is assigned everywhere counts. */
  readonly tenantId?: string;
  /** One row, and the condition under which the permission reaches it. */
  readonly resource?: { readonly row: Row; readonly condition: Condition<Row> };
  /** The roles that are active in a session. Left out: all that are held. */
  readonly activation?: RoleActivation;
}

/** Where to explain, and for whom. @publicApi */
export interface ExplainOptions {
  /** Id or key. Left out: the tenant of `within`, or else only what is assigned everywhere counts. */
  readonly tenantId?: string;
  /** How far whoever asks sees (AD-1). @default everything */
  readonly within?: TenantScope;
}

/** Why an assignment gives nothing where it was asked about. @publicApi */
export type Ineffective =
  | 'account_disabled'
  | 'other_tenant'
  | 'tenant_disabled'
  | 'expired'
  | 'not_yet_valid'
  | 'kept_apart_in_session';

/** How one assignment leads to the permission. @publicApi */
export interface GrantPath {
  readonly assignment: {
    readonly id: string;
    /** Null: it holds in every tenant. */
    readonly tenantId: string | null;
    readonly validFrom: Date | null;
    readonly validUntil: Date | null;
  };
  /** Names from the assigned role to the one that grants, by the shortest way. */
  readonly roles: readonly [string, ...string[]];
  /** What that one grants, as it was declared, for example `invoices:*`. */
  readonly grant: string;
  readonly effective: boolean;
  /** Set where it is not effective. */
  readonly why?: Ineffective;
}

/** One change of the roles of an account, or of what it depends on. @publicApi */
export type AccessChange =
  | { readonly change: 'enable_account' }
  | { readonly change: 'enable_tenant'; readonly tenantId: string }
  /** The account holds the role, and its session has to choose it. */
  | { readonly change: 'activate_role'; readonly roleId: string; readonly role: string }
  /** Let an assignment hold from now on that begins later, or has run out. */
  | {
      readonly change: 'begin_assignment' | 'extend_assignment';
      readonly assignmentId: string;
      readonly roleId: string;
      readonly role: string;
      /** Null: it holds in every tenant. */
      readonly tenantId: string | null;
    }
  | {
      readonly change: 'assign_role';
      readonly roleId: string;
      readonly role: string;
      /** Null: in every tenant. */
      readonly tenantId: string | null;
    }
  /** To a role of the database that the account holds; everybody who holds it gets the permission. */
  | {
      readonly change: 'grant_permission';
      readonly roleId: string;
      readonly role: string;
      readonly permission: string;
    };

/** Changes that together turn a denial into a permission. @publicApi */
export interface WouldAllow {
  readonly changes: readonly [AccessChange, ...AccessChange[]];
  /** How many permissions the account would have there that it has not now, beside the one asked for. */
  readonly addedPermissions: number;
}

/** A decision and everything that was considered for it. @publicApi */
export interface Explanation extends Decision {
  /** The version of the account's authority that decided; 0 where no account was looked at. */
  readonly version: number;
  /** Every assignment that leads to the permission, what decided first. */
  readonly paths: readonly GrantPath[];
  /** The smallest changes that would allow it, the smallest first, at most ten. Empty when it is allowed. */
  readonly wouldAllow: readonly WouldAllow[];
}

/** Who is asked for, and which page of them. @publicApi */
export interface WhoCanQuery extends PageRequest {
  /** Id or key. Left out: the tenant of `within`, or else who may it everywhere. */
  readonly tenantId?: string;
  /** How far whoever asks sees (AD-1). @default everything */
  readonly within?: TenantScope;
}

/** An account that may do something. @publicApi */
export interface PermittedAccount {
  /** The account. */
  readonly id: string;
  readonly email: string;
  readonly displayName: string | null;
  /** Names of the assigned roles by which it may, sorted. */
  readonly roles: readonly string[];
}
