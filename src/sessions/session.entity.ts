import { Column, PrimaryColumn } from 'typeorm';
import { AuthEntity } from '../database/auth-entity';
import type { PreviousAssurance } from './identified-session';
import type { Transport } from './session';

/** One authenticated period on one device, and the family of its refresh tokens. */
@AuthEntity('sessions')
export class SessionEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'account_id' }) accountId!: string;
  @Column('uuid', { name: 'tenant_id', nullable: true }) tenantId!: string | null;
  @Column('text') transport!: Transport;
  @Column('bytea', { name: 'secret_digest' }) secretDigest!: Buffer;
  @Column('bytea', { name: 'secret_nonce', nullable: true }) secretNonce!: Buffer | null;
  @Column('bytea', { name: 'previous_digest', nullable: true }) previousDigest!: Buffer | null;
  @Column('jsonb', { name: 'previous_assurance', nullable: true })
  previousAssurance!: PreviousAssurance | null;
  @Column('bigint', { name: 'authority_version', nullable: true })
  authorityVersion!: string | null;
  @Column('integer') counter!: number;
  @Column('timestamptz', { name: 'rotated_at', nullable: true }) rotatedAt!: Date | null;
  @Column('uuid', { name: 'last_attempt', nullable: true }) lastAttempt!: string | null;
  @Column('integer', { name: 'account_epoch' }) accountEpoch!: number;
  @Column('integer', { name: 'session_version' }) sessionVersion!: number;
  @Column('uuid', { name: 'active_role_ids', array: true, nullable: true })
  activeRoleIds!: string[] | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'last_seen_at' }) lastSeenAt!: Date;
  @Column('timestamptz', { name: 'idle_expires_at' }) idleExpiresAt!: Date;
  @Column('timestamptz', { name: 'absolute_expires_at' }) absoluteExpiresAt!: Date;
  @Column('text', { array: true }) amr!: string[];
  @Column('timestamptz', { name: 'auth_time' }) authTime!: Date;
  @Column('text', { name: 'user_agent', nullable: true }) userAgent!: string | null;
  @Column('bytea', { name: 'user_agent_digest' }) userAgentDigest!: Buffer;
  @Column('text', { nullable: true }) ip!: string | null;
  @Column('timestamptz', { name: 'revoked_at', nullable: true }) revokedAt!: Date | null;
  @Column('text', { name: 'revoked_reason', nullable: true }) revokedReason!: string | null;
}
