import type { SigningKeyStatus } from './signing-key.entity';

/** A key as an administrator sees it: never its private half. @publicApi */
export interface SigningKeyRecord {
  readonly kid: string;
  readonly algorithm: string;
  /** `next` will sign, `current` signs, `retired` only verifies, `revoked` does nothing. */
  readonly status: SigningKeyStatus;
  readonly createdAt: Date;
  /** From when a `next` key signs. */
  readonly activatesAt: Date | null;
  readonly activatedAt: Date | null;
  /** When it stopped to sign. */
  readonly retiredAt: Date | null;
  /** Until when a retired key verifies; then nothing it signed is alive. */
  readonly verifiesUntil: Date | null;
}
