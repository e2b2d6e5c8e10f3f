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
