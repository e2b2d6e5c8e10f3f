import { Column, PrimaryColumn } from 'typeorm';
import { AuthEntity } from '../database/auth-entity';
import type { NoticeKind } from '../options/message-sender';

/** When an account was last told of something that it is told of only once in a while. */
@AuthEntity('delivery_windows')
export class DeliveryWindowEntity {
  @PrimaryColumn('uuid', { name: 'account_id' }) accountId!: string;
  @PrimaryColumn('text') kind!: NoticeKind;
  @Column('timestamptz', { name: 'opened_at' }) openedAt!: Date;
}
