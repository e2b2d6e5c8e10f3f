import { HttpCode, Post, Req, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiNoContentResponse } from '@nestjs/swagger';
import { AuthController } from '../requests/auth-controller.decorator';
import type { HttpRequest } from '../requests/http-request';
import { StrictBody } from '../requests/strict-body.decorator';
import { Public } from '../route-access/access.decorators';
import { Throttled } from '../throttling/throttled';
import { LogoutAnswerInterceptor } from './logout-answer.interceptor';
import { LogoutDto } from './logout.dto';
import { LogoutCredentials, LogoutGuard, type LogoutCredential } from './logout.guard';
import { LogoutService, type LogoutScope } from './logout.service';

@AuthController()
export class LogoutController {
  constructor(private readonly logouts: LogoutService) {}

  /** Ends this session, the others or all. It works after the access token has expired. */
  @Public({ reason: 'a session must be possible to leave when its access token has expired' })
  @Throttled('account')
  @Post('logout')
  @HttpCode(204)
  @UseGuards(LogoutGuard)
  @UseInterceptors(LogoutAnswerInterceptor)
  @ApiNoContentResponse()
  logout(
    @StrictBody(LogoutDto) body: LogoutDto,
    @LogoutCredentials() credentials: readonly LogoutCredential[],
    @Req() request: HttpRequest,
  ): Promise<LogoutScope> {
    return this.logouts.logout(body.scope, credentials, request);
  }
}
