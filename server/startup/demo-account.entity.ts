import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The note that a demo account was made and its password printed. */
@Entity({ name: 'demo_accounts' })
export class DemoAccountEntity {
  @PrimaryColumn({ type: 'text' })
  readonly email!: string;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'clock_timestamp()' })
  readonly createdAt!: Date;
}
