import { HttpCode, Post, Req, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import { AuthController } from '../requests/auth-controller.decorator';
import type { HttpRequest } from '../requests/http-request';
import { JsonBodyGuard } from '../requests/json-body.guard';
import { StrictBody } from '../requests/strict-body.decorator';
import { Authenticated } from '../route-access/access.decorators';
import { CurrentPrincipal } from '../route-access/current-principal.decorator';
import type { Principal } from '../route-access/principal';
import { Throttled } from '../throttling/throttled';
import type { IssuedSession } from './issued-session';
import { IssuedAnswer } from './session-answer.dto';
import { SessionAnswerInterceptor } from './session-answer.interceptor';
import { StepUpDto } from './step-up.dto';
import { StepUpService } from './step-up.service';

@AuthController()
export class StepUpController {
  constructor(private readonly stepUps: StepUpService) {}

  /** Proves once more who is signed in, for routes that ask for a fresh proof. */
  @Authenticated()
  @Throttled('account')
  @Post('step-up')
  @HttpCode(200)
  @UseGuards(JsonBodyGuard)
  @UseInterceptors(SessionAnswerInterceptor)
  @ApiOkResponse({ type: IssuedAnswer })
  stepUp(
    @CurrentPrincipal() principal: Principal,
    @StrictBody(StepUpDto) { password }: StepUpDto,
    @Req() request: HttpRequest,
  ): Promise<IssuedSession> {
    return this.stepUps.byPassword(principal, password, request);
  }
}
