import { Get, HttpCode, Patch, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse } from '@nestjs/swagger';
import { AccountStatusService } from '../authentication/account-status.service';
import { AccountUnlock } from '../authentication/account-unlock.service';
import { PathId } from '../requests/path-id.decorator';
import { StrictBody } from '../requests/strict-body.decorator';
import { StrictQuery } from '../requests/strict-query.decorator';
import { RequirePermissions, StepUp } from '../route-access/access.decorators';
import { Throttled } from '../throttling/throttled';
import { AdminController } from './admin-controller.decorator';
import { ReachesBeyondTenants } from './administration.guard';
import { CurrentCaller, type Caller } from './caller';
import { RECENT_AUTHENTICATION } from './step-up';
import { UserAdministration } from './user-administration.service';
import {
  CreateUserDto,
  ListUsersDto,
  UpdateUserDto,
  UserAnswer,
  UserPageAnswer,
} from './users.dto';

@AdminController('users')
@Throttled('account')
export class UsersController {
  constructor(
    private readonly users: UserAdministration,
    private readonly statuses: AccountStatusService,
    private readonly unlocking: AccountUnlock,
  ) {}

  /** The accounts, the newest first; in a tenant those that hold a role there. */
  @RequirePermissions('auth.users:read')
  @Get()
  @ApiOkResponse({ type: UserPageAnswer })
  list(
    @CurrentCaller() caller: Caller,
    @StrictQuery(ListUsersDto) query: ListUsersDto,
  ): Promise<UserPageAnswer> {
    return this.users.list(query, caller);
  }

  @RequirePermissions('auth.users:read')
  @Get(':id')
  @ApiOkResponse({ type: UserAnswer })
  get(@CurrentCaller() caller: Caller, @PathId() id: string): Promise<UserAnswer> {
    return this.users.get(id, caller);
  }

  /** Makes an account without a password. */
  @RequirePermissions('auth.users:create')
  @StepUp(RECENT_AUTHENTICATION)
  @ReachesBeyondTenants()
  @Post()
  @ApiCreatedResponse({ type: UserAnswer })
  create(
    @CurrentCaller() caller: Caller,
    @StrictBody(CreateUserDto) user: CreateUserDto,
  ): Promise<UserAnswer> {
    return this.users.create(user, caller);
  }

  @RequirePermissions('auth.users:update')
  @StepUp(RECENT_AUTHENTICATION)
  @ReachesBeyondTenants()
  @Patch(':id')
  @ApiOkResponse({ type: UserAnswer })
  update(
    @CurrentCaller() caller: Caller,
    @PathId() id: string,
    @StrictBody(UpdateUserDto) change: UpdateUserDto,
  ): Promise<UserAnswer> {
    return this.users.update(id, change, caller);
  }

  /** Ends every session of the account and refuses new ones. */
  @RequirePermissions('auth.users:disable')
  @StepUp(RECENT_AUTHENTICATION)
  @ReachesBeyondTenants()
  @Post(':id/disable')
  @HttpCode(204)
  @ApiNoContentResponse()
  disable(@CurrentCaller() { by }: Caller, @PathId() id: string): Promise<void> {
    return this.statuses.disable(id, by);
  }

  /** Lets the account sign in again; its old sessions stay ended. */
  @RequirePermissions('auth.users:enable')
  @StepUp(RECENT_AUTHENTICATION)
  @ReachesBeyondTenants()
  @Post(':id/enable')
  @HttpCode(204)
  @ApiNoContentResponse()
  enable(@CurrentCaller() { by }: Caller, @PathId() id: string): Promise<void> {
    return this.statuses.enable(id, by);
  }

  /** Forgets the wrong guesses that closed the account. */
  @RequirePermissions('auth.users:unlock')
  @ReachesBeyondTenants()
  @Post(':id/unlock')
  @HttpCode(204)
  @ApiNoContentResponse()
  unlock(@CurrentCaller() { by, scope }: Caller, @PathId() id: string): Promise<void> {
    return this.unlocking.unlock(id, by, scope);
  }
}
