import type { AuthTables } from '../database/tables';

/**
 * Everything that is assigned to an account, in force or not, with what decides over it: read in one
 * snapshot. Moments are milliseconds since the epoch, by the clock of the database.
 */
export interface Holding {
  readonly at: number;
  readonly authorityVersion: number;
  /** Rises in the transaction of each change of the role model. */
  readonly catalogueVersion: number;
  readonly isActive: boolean;
  /** Whether the tenant that the account is looked at in is active; null without a tenant. */
  readonly tenantIsActive: boolean | null;
  readonly assignments: readonly HoldingAssignment[];
}

interface HoldingAssignment {
  readonly roleId: string;
  readonly roleTenantId: string | null;
  readonly tenantId: string | null;
  readonly from: number | null;
  readonly until: number | null;
}

/** How a holding is read where it is to be handed on. */
export interface HoldingReading {
  /** Only assignments that hold until then, or that have no end. */
  readonly lasting?: Lasting;
  /** Also what holds in a disabled tenant: nobody may do anything there, but it can be taken away. */
  readonly inDisabledTenants?: boolean;
}

/** Until when something lasts. */
export type Lasting = Date | 'for_ever';

/** What of a holding is in force. */
export interface HeldRoles {
  /**
   * Also counts the boundaries of validity that have passed, so that it rises when an assignment
   * begins or ends by itself.
   */
  readonly version: number;
  /** Ids of the assigned roles that are in force, sorted. */
  readonly held: readonly string[];
  /** The nearest moment at which an assignment begins or ends; milliseconds since the epoch. */
  readonly staleAt?: number;
  /** The same as a distance from the moment of the reading, in milliseconds. */
  readonly staleInMilliseconds?: number;
}

/** Expressions for an account that a statement has at hand, and for the tenant it is looked at in. */
export interface AccountAtHand {
  readonly id: string;
  readonly status: string;
  readonly authorityVersion: string;
  readonly tenantId: string;
}

/** The {@link Holding} of an account as a JSON object. */
export function holdingSql(tables: AuthTables, account: AccountAtHand): string {
  const { assignments, roles, catalogue, tenants } = tables;
  return `jsonb_build_object(
      'at', extract(epoch FROM clock_timestamp()) * 1000,
      'authorityVersion', ${account.authorityVersion},
      'catalogueVersion', coalesce((SELECT c.version FROM ${catalogue} c), 0),
      'isActive', ${account.status} = 'active',
      'tenantIsActive', (SELECT t.status = 'active' FROM ${tenants} t WHERE t.id = ${account.tenantId}),
      'assignments', (SELECT coalesce(jsonb_agg(jsonb_build_object('roleId', x.role_id,
          'roleTenantId', r.tenant_id, 'tenantId', x.tenant_id,
          'from', extract(epoch FROM nullif(x.valid_from, '-infinity')) * 1000,
          'until', extract(epoch FROM nullif(x.valid_until, 'infinity')) * 1000)), '[]')
        FROM ${assignments} x JOIN ${roles} r ON r.id = x.role_id WHERE x.account_id = ${account.id}))`;
}

/** The same for an account of the table of accounts `a`. */
export function accountHoldingSql(tables: AuthTables, tenantId: string, a = 'a'): string {
  const [id, status, authorityVersion] = [`${a}.id`, `${a}.status`, `${a}.authority_version`];
  return holdingSql(tables, { id, status, authorityVersion, tenantId });
}

/**
 * A disabled account holds nothing, and in a disabled tenant nobody does, unless the reading says
 * otherwise. A role of another tenant never counts, even where a row says so (AD-2).
 */
export function heldRolesOf(
  holding: Holding,
  tenantId: string | undefined,
  reading: HoldingReading = {},
): HeldRoles {
  const { at, assignments } = holding;
  const counting = countsAnything(holding, tenantId, reading)
    ? assignments.filter((each) => counts(each, at, tenantId) && lasts(each, reading))
    : [];
  const boundaries = counting
    .map(({ from, until }) => (isAfter(from, at) ? from : until))
    .filter((boundary) => boundary !== null);
  const nearest = boundaries.length === 0 ? undefined : Math.min(...boundaries);
  const passed = assignments
    .flatMap(({ from, until }) => [from, until])
    .filter((boundary) => boundary !== null && boundary <= at);
  const inForce = counting.filter(({ from }) => !isAfter(from, at)).map(({ roleId }) => roleId);
  return {
    version: holding.authorityVersion + holding.catalogueVersion + passed.length,
    held: [...new Set(inForce)].sort(),
    staleAt: nearest && Math.floor(nearest),
    staleInMilliseconds: nearest && Math.floor(nearest - at),
  };
}

function countsAnything(
  { isActive, tenantIsActive }: Holding,
  tenantId: string | undefined,
  { inDisabledTenants = false }: HoldingReading,
): boolean {
  return isActive && (tenantId === undefined || inDisabledTenants || tenantIsActive === true);
}

function counts(
  { tenantId: place, roleTenantId, until }: HoldingAssignment,
  at: number,
  tenantId: string | undefined,
): boolean {
  const isHere = place === null || place === tenantId;
  const isOfHere = roleTenantId === null || roleTenantId === place;
  return isHere && isOfHere && (until === null || until > at);
}

function lasts({ until }: HoldingAssignment, { lasting }: HoldingReading): boolean {
  if (lasting === undefined || until === null) return true;
  return lasting !== 'for_ever' && until >= lasting.getTime();
}

function isAfter(moment: number | null, at: number): moment is number {
  return moment !== null && moment > at;
}
