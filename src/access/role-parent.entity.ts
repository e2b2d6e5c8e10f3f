import { PrimaryColumn } from 'typeorm';
import { AuthEntity } from '../database/auth-entity';

/** That a role of the database inherits another role, of the database or of code. */
@AuthEntity('role_parents')
export class RoleParentEntity {
  @PrimaryColumn('uuid', { name: 'role_id' }) roleId!: string;
  @PrimaryColumn('uuid', { name: 'parent_id' }) parentId!: string;
}
