import { HttpCode, Post, Req, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import { AuthController } from '../requests/auth-controller.decorator';
import type { HttpRequest } from '../requests/http-request';
import { StrictBody } from '../requests/strict-body.decorator';
import { Public } from '../route-access/access.decorators';
import { Throttled } from '../throttling/throttled';
import type { IssuedSession } from './issued-session';
import { CurrentLogin, LocalAuthGuard } from './local-auth.guard';
import { LoginDto } from './login.dto';
import type { VerifiedLogin } from './credentials.service';
import { LoginService } from './login.service';
import { IssuedAnswer } from './session-answer.dto';
import { SessionAnswerInterceptor } from './session-answer.interceptor';

@AuthController()
export class LoginController {
  constructor(private readonly logins: LoginService) {}

  /** Signs in with an e-mail address and a password. */
  @Public({ reason: 'it is how a session begins' })
  @Throttled('login')
  @Post('login')
  @HttpCode(200)
  @UseGuards(LocalAuthGuard)
  @UseInterceptors(SessionAnswerInterceptor)
  @ApiOkResponse({ type: IssuedAnswer })
  login(
    @CurrentLogin() login: VerifiedLogin,
    @StrictBody(LoginDto) { transport }: LoginDto,
    @Req() request: HttpRequest,
  ): Promise<IssuedSession> {
    return this.logins.open(login, transport, request);
  }
}
