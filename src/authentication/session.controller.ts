import { Delete, Get, HttpCode, Param, Req } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse } from '@nestjs/swagger';
import { AuthController } from '../requests/auth-controller.decorator';
import type { HttpRequest } from '../requests/http-request';
import { Authenticated } from '../route-access/access.decorators';
import { CurrentPrincipal } from '../route-access/current-principal.decorator';
import type { Principal } from '../route-access/principal';
import { Throttled } from '../throttling/throttled';
import { CurrentSessionAnswer, SessionListAnswer } from './session-answer.dto';
import { SessionViewService } from './session-view.service';

@AuthController()
export class SessionController {
  constructor(private readonly views: SessionViewService) {}

  /** Who is signed in, and what they may do. It only reads. */
  @Authenticated()
  @Throttled('pages')
  @Get('session')
  @ApiOkResponse({ type: CurrentSessionAnswer })
  current(@CurrentPrincipal() principal: Principal): Promise<CurrentSessionAnswer> {
    return this.views.current(principal);
  }

  /** The caller's live sessions, the most recently used first. */
  @Authenticated()
  @Throttled('account')
  @Get('sessions')
  @ApiOkResponse({ type: [SessionListAnswer] })
  list(@CurrentPrincipal() principal: Principal): Promise<SessionListAnswer[]> {
    return this.views.list(principal);
  }

  /** Ends one of the caller's sessions. */
  @Authenticated()
  @Throttled('account')
  @Delete('sessions/:id')
  @HttpCode(204)
  @ApiNoContentResponse()
  revoke(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Req() request: HttpRequest,
  ): Promise<void> {
    return this.views.revoke(principal, id, request);
  }
}
