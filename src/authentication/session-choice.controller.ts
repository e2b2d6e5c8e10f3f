import { HttpCode, Post, Req, UseInterceptors } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import { AuthController } from '../requests/auth-controller.decorator';
import type { HttpRequest } from '../requests/http-request';
import { StrictBody } from '../requests/strict-body.decorator';
import { Authenticated } from '../route-access/access.decorators';
import { CurrentPrincipal } from '../route-access/current-principal.decorator';
import type { Principal } from '../route-access/principal';
import { Throttled } from '../throttling/throttled';
import type { IssuedSession } from './issued-session';
import { IssuedAnswer } from './session-answer.dto';
import { SessionAnswerInterceptor } from './session-answer.interceptor';
import { ActivateRolesDto, SelectTenantDto } from './session-choice.dto';
import { SessionChoiceService } from './session-choice.service';

@AuthController('session')
export class SessionChoiceController {
  constructor(private readonly choices: SessionChoiceService) {}

  /** Chooses which of the held roles are active in this session. */
  @Authenticated()
  @Throttled('account')
  @Post('roles')
  @HttpCode(200)
  @UseInterceptors(SessionAnswerInterceptor)
  @ApiOkResponse({ type: IssuedAnswer })
  activateRoles(
    @CurrentPrincipal() principal: Principal,
    @StrictBody(ActivateRolesDto) { active }: ActivateRolesDto,
    @Req() request: HttpRequest,
  ): Promise<IssuedSession> {
    return this.choices.activateRoles(principal, active, request);
  }

  /** Chooses the tenant in which this session acts. */
  @Authenticated()
  @Throttled('account')
  @Post('tenant')
  @HttpCode(200)
  @UseInterceptors(SessionAnswerInterceptor)
  @ApiOkResponse({ type: IssuedAnswer })
  selectTenant(
    @CurrentPrincipal() principal: Principal,
    @StrictBody(SelectTenantDto) { tenantId }: SelectTenantDto,
    @Req() request: HttpRequest,
  ): Promise<IssuedSession> {
    return this.choices.selectTenant(principal, tenantId, request);
  }
}
