import type { AuditOrigin } from '../audit/audit-event';
import type { PageRequest } from '../database/page';
import type { EmailAddress } from './email-address';

/** Whether an account may be used. */
export type AccountStatus = 'active' | 'disabled';

/** An account as the rest of the code sees it: without its password hash. */
export interface Account {
  readonly id: string;
  /** As stored: exactly one recipient. */
  readonly email: string;
  readonly emailVerifiedAt?: Date;
  readonly displayName?: string;
  readonly status: AccountStatus;
  /** Rises when the password or the status changes; tokens of an older epoch are refused. */
  readonly securityEpoch: number;
  readonly createdAt: Date;
}

/** Which accounts, and which page of them. @publicApi */
export interface AccountsQuery extends PageRequest {
  /** How the e-mail address begins, in whatever spelling. */
  readonly q?: string;
  readonly status?: AccountStatus;
}

/** What an administrator may change about an account. @publicApi */
export interface AccountChanges {
  /** Null takes the name away; what is left out stays. */
  readonly displayName?: string | null;
}

/** What a password is verified against, and what must still hold when the answer is acted on. */
export interface AccountCredential {
  readonly accountId: string;
  /** Stored form of the password hash, or null where the account has no password. */
  readonly passwordHash: string | null;
  readonly status: AccountStatus;
  readonly securityEpoch: number;
}

/** Who acts and from where, for the audit. @publicApi */
export interface ActedBy {
  /** The account that acts; absent for anonymous requests and the command line. */
  readonly actorId?: string;
  readonly origin?: AuditOrigin;
}

/** A new account. */
export interface NewAccount extends ActedBy {
  /** Where another record of the same transaction has to name it first. @default a new one */
  readonly id?: string;
  readonly email: EmailAddress;
  readonly displayName?: string;
  /** Stored form of the password hash. Without one nobody can sign in with a password. */
  readonly passwordHash?: string;
  readonly emailVerified: boolean;
}

/** The replacement of one password hash, if the expected one is still there. */
export interface PasswordReplacement {
  readonly accountId: string;
  /** What the decision was based on; null where the account had no password. */
  readonly expectedHash: string | null;
  readonly newHash: string;
}
