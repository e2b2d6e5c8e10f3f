import type { RequestInfo } from '../requests/request-info';

/** A signed-in person's wish for another password. */
export interface PasswordChange {
  readonly accountId: string;
  /** The session that asks; it stays. */
  readonly sessionId: string;
  readonly currentPassword: string;
  readonly newPassword: string;
  /** The digest of the secret id that asks, where it is one, which the change replaces. */
  readonly secretIdDigest?: Buffer;
  readonly origin: RequestInfo;
}
