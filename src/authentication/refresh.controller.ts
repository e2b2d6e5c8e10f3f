import { HttpCode, Post, Req, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiBody, ApiOkResponse } from '@nestjs/swagger';
import { AuthController } from '../requests/auth-controller.decorator';
import type { HttpRequest } from '../requests/http-request';
import { Public } from '../route-access/access.decorators';
import { Throttled } from '../throttling/throttled';
import type { IssuedSession } from './issued-session';
import { PresentedToken, type PresentedRefreshToken } from './presented-refresh-token';
import { RefreshDto } from './refresh.dto';
import { RefreshService } from './refresh.service';
import { RefreshTokenGuard } from './refresh-token.guard';
import { IssuedAnswer } from './session-answer.dto';
import { SessionAnswerInterceptor } from './session-answer.interceptor';

@AuthController()
export class RefreshController {
  constructor(private readonly refreshes: RefreshService) {}

  /** Exchanges a refresh token, from the cookie or the body, for the next one and an access token. */
  @Public({ reason: 'the refresh token is the credential' })
  @Throttled('refresh')
  @Post('refresh')
  @HttpCode(200)
  @UseGuards(RefreshTokenGuard)
  @UseInterceptors(SessionAnswerInterceptor)
  @ApiBody({ type: RefreshDto, required: false })
  @ApiOkResponse({ type: IssuedAnswer })
  refresh(
    @PresentedToken() token: PresentedRefreshToken,
    @Req() request: HttpRequest,
  ): Promise<IssuedSession> {
    return this.refreshes.refresh(token, request);
  }
}
