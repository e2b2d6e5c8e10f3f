import type { AuditOrigin } from '../audit/audit-event';

/** Whether requests may act in a tenant. @publicApi */
export type TenantStatus = 'active' | 'disabled';

/** An isolation boundary: what is assigned in one tenant holds in no other. @publicApi */
export interface Tenant {
  readonly id: string;
  /** Names it in URLs and headers: a DNS label, unique. */
  readonly key: string;
  /** For people. */
  readonly name: string;
  readonly status: TenantStatus;
  readonly createdAt: Date;
}

/** Who changes a tenant, and from where. */
export interface TenantActor {
  readonly actorId?: string;
  readonly origin?: AuditOrigin;
}

/** A tenant to register. @publicApi */
export interface NewTenant extends TenantActor {
  /** When left out, a new one; give the id that your own tables use, so that the two agree. */
  readonly id?: string;
  readonly key: string;
  readonly name: string;
}

/** What to change of a tenant. The key stays: URLs and headers name it. @publicApi */
export interface TenantChange extends TenantActor {
  readonly name?: string;
  readonly status?: TenantStatus;
}
