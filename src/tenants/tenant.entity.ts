import { Column, PrimaryColumn } from 'typeorm';
import { AuthEntity } from '../database/auth-entity';
import type { TenantStatus } from './tenant';

/** A tenant of the registry. */
@AuthEntity('tenants')
export class TenantEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('text') key!: string;
  @Column('text') name!: string;
  @Column('text') status!: TenantStatus;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt!: Date;
}
