import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** PostgreSQL hands out `bigint` as text; the amounts here are far below 2^53. */
const AS_NUMBER = {
  to: (value: number) => value,
  from: (value: string) => Number(value),
};

/** One invoice of one tenant; without a tenant it belongs to the whole installation. */
@Entity({ name: 'invoices' })
@Index('invoices_tenant_id_id', ['tenantId', 'id'])
export class InvoiceEntity {
  /** UUID version 7: the order of ids is the order of creation. */
  @PrimaryColumn({ type: 'uuid' })
  readonly id!: string;

  @Column({ name: 'tenant_id', type: 'uuid', nullable: true })
  readonly tenantId!: string | null;

  @Column({ type: 'text' })
  readonly number!: string;

  @Column({ type: 'text' })
  readonly customer!: string;

  @Column({ name: 'amount_cents', type: 'bigint', transformer: AS_NUMBER })
  readonly amountCents!: number;

  @Column({ type: 'text' })
  readonly currency!: string;

  @Column({ type: 'text' })
  readonly status!: 'draft' | 'approved';

  @Column({ name: 'created_by', type: 'uuid' })
  readonly createdBy!: string;

  @Column({ name: 'approved_by', type: 'uuid', nullable: true })
  readonly approvedBy!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'clock_timestamp()' })
  readonly createdAt!: Date;
}
