import { Column, PrimaryColumn } from 'typeorm';
import { AuthEntity } from '../database/auth-entity';

/** A role by name. What a role of code grants and inherits lives only in code. */
@AuthEntity('roles')
export class RoleEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'tenant_id', nullable: true }) tenantId!: string | null;
  @Column('text') name!: string;
  @Column('text', { nullable: true }) description!: string | null;
  @Column('text') origin!: 'code' | 'database';
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt!: Date;
}
