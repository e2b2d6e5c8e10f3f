import type { PageRequest } from '../database/page';
import type { AuditAction } from './audit-actions';

/** Where a request came from, as every audit event records it. */
export interface AuditOrigin {
  /** The client's address, resolved through the configured proxy hops. */
  readonly ip?: string;
  /** The user agent, cut to 255 characters and freed of control characters. */
  readonly userAgent?: string;
  readonly requestId?: string;
}

/** One thing that happened: who did what to whom, with which outcome. Never a secret. */
export interface AuditEvent {
  readonly action: AuditAction;
  readonly outcome: 'success' | 'failure';
  /** The account that acted; absent for anonymous requests and the command line. */
  readonly actorId?: string;
  /** The account that it happened to. */
  readonly accountId?: string;
  readonly sessionId?: string;
  readonly tenantId?: string;
  /** What else was acted on, for example `role:approver`. */
  readonly target?: string;
  readonly origin?: AuditOrigin;
  /** Facts that help to understand it. Never a password, token, code or key. */
  readonly details?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

/** An event as it was stored, with everything that was recorded about it. @publicApi */
export interface RecordedAuditEvent {
  readonly id: string;
  /** In database time. */
  readonly occurredAt: Date;
  /** One of `AUDIT_ACTIONS`, or one of an older or newer version. */
  readonly action: string;
  readonly outcome: 'success' | 'failure';
  readonly actorId: string | null;
  readonly accountId: string | null;
  readonly sessionId: string | null;
  readonly tenantId: string | null;
  readonly target: string | null;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly requestId: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Which events, and which page of them; every filter narrows. @publicApi */
export interface AuditQuery extends PageRequest {
  /** The account that acted. */
  readonly actor?: string;
  /** The account that it happened to. */
  readonly account?: string;
  /** What else was acted on, in full: `role:approver`. */
  readonly target?: string;
  readonly action?: AuditAction;
  /** The first moment. */
  readonly from?: Date;
  /** The first moment no longer meant. */
  readonly to?: Date;
}
