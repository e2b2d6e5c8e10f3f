import { Delete, Get, HttpCode } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse } from '@nestjs/swagger';
import { PathId } from '../requests/path-id.decorator';
import { StrictQuery } from '../requests/strict-query.decorator';
import { RequirePermissions, StepUp } from '../route-access/access.decorators';
import { Throttled } from '../throttling/throttled';
import { AdminController } from './admin-controller.decorator';
import { CurrentCaller, type Caller } from './caller';
import { PageQueryDto } from './page.dto';
import { RECENT_AUTHENTICATION } from './step-up';
import { UserAdministration } from './user-administration.service';
import { UserSessionPageAnswer } from './users.dto';

@AdminController('users/:id/sessions')
@Throttled('account')
export class UserSessionsController {
  constructor(private readonly users: UserAdministration) {}

  /** The live sessions of an account, the newest first; in a tenant those that are bound to it. */
  @RequirePermissions('auth.sessions:read')
  @Get()
  @ApiOkResponse({ type: UserSessionPageAnswer })
  list(
    @CurrentCaller() caller: Caller,
    @PathId() id: string,
    @StrictQuery(PageQueryDto) query: PageQueryDto,
  ): Promise<UserSessionPageAnswer> {
    return this.users.sessionsOf(id, query, caller);
  }

  /** Ends them all. */
  @RequirePermissions('auth.sessions:revoke')
  @StepUp(RECENT_AUTHENTICATION)
  @Delete()
  @HttpCode(204)
  @ApiNoContentResponse()
  endAll(@CurrentCaller() caller: Caller, @PathId() id: string): Promise<void> {
    return this.users.endSessions(id, caller);
  }

  /** Ends one of them. */
  @RequirePermissions('auth.sessions:revoke')
  @StepUp(RECENT_AUTHENTICATION)
  @Delete(':sessionId')
  @HttpCode(204)
  @ApiNoContentResponse()
  endOne(
    @CurrentCaller() caller: Caller,
    @PathId() id: string,
    @PathId('sessionId') sessionId: string,
  ): Promise<void> {
    return this.users.endSession(id, sessionId, caller);
  }
}
