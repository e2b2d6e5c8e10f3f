import { Column, PrimaryColumn } from 'typeorm';
import { AuthEntity } from '../database/auth-entity';

/** `next` is published before it signs, `current` signs, `retired` still verifies, `revoked` does nothing. */
export type SigningKeyStatus = 'next' | 'current' | 'retired' | 'revoked';

/** A key that signs access tokens; at most one row is `current`, and one `next`. */
@AuthEntity('signing_keys')
export class SigningKeyEntity {
  @PrimaryColumn('text') kid!: string;
  @Column('text') algorithm!: string;
  /** For people who look at the table; keys are always rebuilt from the sealed private key. Null for HS256. */
  @Column('jsonb', { name: 'public_jwk', nullable: true })
  publicJwk!: Record<string, unknown> | null;
  @Column('bytea', { name: 'sealed_private_key' }) sealedPrivateKey!: Buffer;
  @Column('text') status!: SigningKeyStatus;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  /** From when a `next` key signs; everybody who keeps the key set knows it by then. */
  @Column('timestamptz', { name: 'activates_at', nullable: true }) activatesAt!: Date | null;
  @Column('timestamptz', { name: 'activated_at', nullable: true }) activatedAt!: Date | null;
  @Column('timestamptz', { name: 'retired_at', nullable: true }) retiredAt!: Date | null;
}
