import { PrimaryColumn } from 'typeorm';
import { AuthEntity } from '../database/auth-entity';

/** That a role of the database grants a permission, `resource:*`, `auth.*` or `*`. */
@AuthEntity('role_permissions')
export class RolePermissionEntity {
  @PrimaryColumn('uuid', { name: 'role_id' }) roleId!: string;
  @PrimaryColumn('text') permission!: string;
}
