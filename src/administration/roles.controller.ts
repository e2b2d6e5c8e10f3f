import { Delete, Get, HttpCode, Patch, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse } from '@nestjs/swagger';
import { PathId } from '../requests/path-id.decorator';
import { StrictBody } from '../requests/strict-body.decorator';
import { StrictQuery } from '../requests/strict-query.decorator';
import { RolesService } from '../roles/roles.service';
import { RequirePermissions, StepUp } from '../route-access/access.decorators';
import { Throttled } from '../throttling/throttled';
import { AdminController } from './admin-controller.decorator';
import { CurrentCaller, type Caller } from './caller';
import {
  CreateRoleDto,
  ListRolesDto,
  RoleAnswer,
  RolePageAnswer,
  UpdateRoleDto,
} from './roles.dto';
import { RECENT_AUTHENTICATION } from './step-up';

@AdminController('roles')
@Throttled('account')
export class RolesController {
  constructor(private readonly roles: RolesService) {}

  /** The roles, the newest first; in a tenant those for every tenant and its own. */
  @RequirePermissions('auth.roles:read')
  @Get()
  @ApiOkResponse({ type: RolePageAnswer })
  list(
    @CurrentCaller() { scope }: Caller,
    @StrictQuery(ListRolesDto) query: ListRolesDto,
  ): Promise<RolePageAnswer> {
    return this.roles.list(query, scope);
  }

  @RequirePermissions('auth.roles:read')
  @Get(':id')
  @ApiOkResponse({ type: RoleAnswer })
  get(@CurrentCaller() { scope }: Caller, @PathId() id: string): Promise<RoleAnswer> {
    return this.roles.get(id, scope);
  }

  /** Makes a role out of what the caller holds. */
  @RequirePermissions('auth.roles:create')
  @StepUp(RECENT_AUTHENTICATION)
  @Post()
  @ApiCreatedResponse({ type: RoleAnswer })
  create(
    @CurrentCaller() { by, scope }: Caller,
    @StrictBody(CreateRoleDto) role: CreateRoleDto,
  ): Promise<RoleAnswer> {
    return this.roles.create(role, by, scope);
  }

  /** Changes a role of the database; whoever holds it keeps it. */
  @RequirePermissions('auth.roles:update')
  @StepUp(RECENT_AUTHENTICATION)
  @Patch(':id')
  @ApiOkResponse({ type: RoleAnswer })
  update(
    @CurrentCaller() { by, scope }: Caller,
    @PathId() id: string,
    @StrictBody(UpdateRoleDto) change: UpdateRoleDto,
  ): Promise<RoleAnswer> {
    return this.roles.update(id, change, by, scope);
  }

  /** Deletes a role that nobody holds and none inherits. */
  @RequirePermissions('auth.roles:delete')
  @StepUp(RECENT_AUTHENTICATION)
  @Delete(':id')
  @HttpCode(204)
  @ApiNoContentResponse()
  remove(@CurrentCaller() { by, scope }: Caller, @PathId() id: string): Promise<void> {
    return this.roles.delete(id, by, scope);
  }
}
