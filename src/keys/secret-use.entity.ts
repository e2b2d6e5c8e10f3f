import { Column, PrimaryColumn } from 'typeorm';
import { AuthEntity } from '../database/auth-entity';

/** Since when and until when instances protected new things under a secret; never the secret. */
@AuthEntity('secret_uses')
export class SecretUseEntity {
  /** Of the secret, in 8 hexadecimal digits. */
  @PrimaryColumn('text') fingerprint!: string;
  @Column('timestamptz', { name: 'first_used_at' }) firstUsedAt!: Date;
  @Column('timestamptz', { name: 'last_used_at' }) lastUsedAt!: Date;
}
