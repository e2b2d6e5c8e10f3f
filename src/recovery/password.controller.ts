import { HttpCode, Post, Req, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiNoContentResponse } from '@nestjs/swagger';
import { AuthController } from '../requests/auth-controller.decorator';
import type { HttpRequest } from '../requests/http-request';
import { JsonBodyGuard } from '../requests/json-body.guard';
import { RequestReader } from '../requests/request-info';
import { StrictBody } from '../requests/strict-body.decorator';
import { Authenticated } from '../route-access/access.decorators';
import { CurrentPrincipal } from '../route-access/current-principal.decorator';
import type { Principal } from '../route-access/principal';
import { presentedDigestOf } from '../sessions/identified-session';
import { SecretIdInterceptor } from '../sessions/secret-id.interceptor';
import type { RenewedSession } from '../sessions/session-renewals';
import { Throttled } from '../throttling/throttled';
import { ChangePasswordDto } from './change-password.dto';
import { PasswordChangeService } from './password-change.service';

@AuthController()
export class PasswordController {
  constructor(
    private readonly changes: PasswordChangeService,
    private readonly requests: RequestReader,
  ) {}

  /** Replaces the password and ends every other session. */
  @Authenticated()
  @Throttled('account')
  @Post('password/change')
  @HttpCode(204)
  @UseGuards(JsonBodyGuard)
  @UseInterceptors(SecretIdInterceptor)
  @ApiNoContentResponse()
  change(
    @CurrentPrincipal() { accountId, sessionId }: Principal,
    @StrictBody(ChangePasswordDto) passwords: ChangePasswordDto,
    @Req() request: HttpRequest,
  ): Promise<RenewedSession | undefined> {
    return this.changes.change({
      accountId,
      sessionId,
      ...passwords,
      secretIdDigest: presentedDigestOf(request),
      origin: this.requests.read(request),
    });
  }
}
