import { Get, Patch, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse } from '@nestjs/swagger';
import { PathId } from '../requests/path-id.decorator';
import { StrictBody } from '../requests/strict-body.decorator';
import { StrictQuery } from '../requests/strict-query.decorator';
import { RequirePermissions, StepUp } from '../route-access/access.decorators';
import { Throttled } from '../throttling/throttled';
import { AdminController } from './admin-controller.decorator';
import { ReachesBeyondTenants } from './administration.guard';
import { CurrentCaller, type Caller } from './caller';
import { PageQueryDto } from './page.dto';
import { RECENT_AUTHENTICATION } from './step-up';
import { TenantAdministration } from './tenant-administration.service';
import { CreateTenantDto, TenantAnswer, TenantPageAnswer, UpdateTenantDto } from './tenants.dto';

@AdminController('tenants')
@Throttled('account')
export class TenantsController {
  constructor(private readonly tenants: TenantAdministration) {}

  /** The tenants, the newest first; in a tenant only this one. */
  @RequirePermissions('auth.tenants:read')
  @Get()
  @ApiOkResponse({ type: TenantPageAnswer })
  list(
    @CurrentCaller() caller: Caller,
    @StrictQuery(PageQueryDto) query: PageQueryDto,
  ): Promise<TenantPageAnswer> {
    return this.tenants.list(query, caller);
  }

  @RequirePermissions('auth.tenants:read')
  @Get(':id')
  @ApiOkResponse({ type: TenantAnswer })
  get(@CurrentCaller() caller: Caller, @PathId() id: string): Promise<TenantAnswer> {
    return this.tenants.get(id, caller);
  }

  @RequirePermissions('auth.tenants:create')
  @StepUp(RECENT_AUTHENTICATION)
  @ReachesBeyondTenants()
  @Post()
  @ApiCreatedResponse({ type: TenantAnswer })
  create(
    @CurrentCaller() caller: Caller,
    @StrictBody(CreateTenantDto) tenant: CreateTenantDto,
  ): Promise<TenantAnswer> {
    return this.tenants.create(tenant, caller);
  }

  /** Renames, disables or enables a tenant. */
  @RequirePermissions('auth.tenants:update')
  @StepUp(RECENT_AUTHENTICATION)
  @ReachesBeyondTenants()
  @Patch(':id')
  @ApiOkResponse({ type: TenantAnswer })
  update(
    @CurrentCaller() caller: Caller,
    @PathId() id: string,
    @StrictBody(UpdateTenantDto) change: UpdateTenantDto,
  ): Promise<TenantAnswer> {
    return this.tenants.update(id, change, caller);
  }
}
