import type { AuditOrigin } from '../audit/audit-event';
import type { Session, Transport } from './session';

/** A refresh token that proved authentic, presented for rotation. */
export interface Rotation {
  readonly sessionId: string;
  readonly secretDigest: Buffer;
  /** The generation that the token names. */
  readonly counter: number;
  readonly transport: Transport;
  /** `x-auth-attempt`: the same on retries of one attempt. */
  readonly attempt?: string;
  /** Whether a person is there; background refreshes do not slide the idle timeout. */
  readonly foreground: boolean;
  readonly userAgentDigest: Buffer;
  /** The throttling source of the request, to tell networks apart. */
  readonly network: string;
  readonly origin: AuditOrigin;
  readonly alongside?: Alongside;
}

/**
 * Something that the statement of a rotation also reads, for a caller who would ask for it next: an
 * expression over the renewed session and its account, whose value comes with the outcome.
 */
export type Alongside = (renewed: RenewedNames) => string;

/** Expressions for what a rotation has at hand. */
export interface RenewedNames {
  /** Of the account. */
  readonly id: string;
  readonly status: string;
  readonly authorityVersion: string;
  /** Of the session. */
  readonly tenantId: string;
}

/**
 * What became of a rotation that lost its compare-and-swap (RFC 9700 §4.14.2).
 *
 * `current` and `grace` answer with the current token again; `reuse` has killed the family.
 */
export type Verdict =
  | 'unknown'
  | 'revoked'
  | 'disabled'
  | 'expired'
  | 'ahead'
  | 'current'
  | 'grace'
  | 'reuse'
  | 'retry';

/** The answer to a presented refresh token. */
export type RotationOutcome =
  | { readonly kind: 'rotated'; readonly session: Session; readonly alongside?: unknown }
  | { readonly kind: 'repeated'; readonly session: Session }
  | { readonly kind: 'refused'; readonly verdict: RefusedVerdict };

export type RefusedVerdict = Exclude<Verdict, 'current' | 'grace' | 'retry'>;
