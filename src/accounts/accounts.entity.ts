import { Column, PrimaryColumn } from 'typeorm';
import { AuthEntity } from '../database/auth-entity';
import type { AccountStatus } from './account';

/** The durable record that somebody signs in to. */
@AuthEntity('accounts')
export class AccountEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('text') email!: string;
  @Column('text', { name: 'email_key', unique: true }) emailKey!: string;
  @Column('timestamptz', { name: 'email_verified_at', nullable: true })
  emailVerifiedAt!: Date | null;
  @Column('text', { name: 'display_name', nullable: true }) displayName!: string | null;
  @Column('text', { name: 'password_hash', nullable: true }) passwordHash!: string | null;
  @Column('text') status!: AccountStatus;
  @Column('integer', { name: 'security_epoch' }) securityEpoch!: number;
  @Column('integer', { name: 'authority_version' }) authorityVersion!: number;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt!: Date;
}
