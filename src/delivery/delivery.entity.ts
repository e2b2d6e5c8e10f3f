import { Column, PrimaryColumn } from 'typeorm';
import { AuthEntity } from '../database/auth-entity';
import type { NoticeKind } from '../options/message-sender';

/** One mail: waiting, sent, or given up. What was sent keeps neither recipient nor details. */
@AuthEntity('deliveries')
export class DeliveryEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('text') kind!: NoticeKind;
  @Column('uuid', { name: 'account_id' }) accountId!: string;
  @Column('text', { nullable: true }) recipient!: string | null;
  @Column('jsonb') details!: Record<string, unknown>;
  @Column('text') status!: 'pending' | 'sent' | 'failed';
  @Column('integer') attempts!: number;
  @Column('timestamptz', { name: 'due_at' }) dueAt!: Date;
  @Column('text', { name: 'last_error', nullable: true }) lastError!: string | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'settled_at', nullable: true }) settledAt!: Date | null;
}
