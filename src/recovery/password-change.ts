import type { RequestInfo } from '../requests/request-info';

/** A signed-in person's wish for another password. */
export interface PasswordChange {
  readonly accountId: string;
  /** The session that asks; it stays. */
  readonly sessionId: string;
  readonly currentPassword: string;
  readonly newPassword: string;
  /** Whether the session that asks has a secret id, which the change replaces. */
  readonly hasSecretId: boolean;
  readonly origin: RequestInfo;
}
