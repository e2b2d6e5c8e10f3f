import { Column, PrimaryColumn } from 'typeorm';
import { AuthEntity } from '../database/auth-entity';
import type { Change } from './change';

/** One change that every instance has to hear of. Rows are only ever added, and removed when nobody needs them. */
@AuthEntity('changes')
export class ChangeEntity {
  @PrimaryColumn('bigint') id!: string;
  @Column('text') kind!: Change['kind'];
  @Column('uuid', { name: 'account_id', nullable: true }) accountId!: string | null;
  @Column('uuid', { name: 'session_id', nullable: true }) sessionId!: string | null;
  @Column('uuid', { name: 'tenant_id', nullable: true }) tenantId!: string | null;
  @Column('integer', { nullable: true }) epoch!: number | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
}
