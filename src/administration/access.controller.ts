import { Get, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import { StrictBody } from '../requests/strict-body.decorator';
import { StrictQuery } from '../requests/strict-query.decorator';
import { RequirePermissions } from '../route-access/access.decorators';
import { Throttled } from '../throttling/throttled';
import { AccessAdministration } from './access-administration.service';
import {
  ExplainAccessDto,
  ExplanationAnswer,
  PermissionListAnswer,
  PermittedAccountPageAnswer,
  RouteListAnswer,
  WhoCanDto,
} from './access.dto';
import { AdminController } from './admin-controller.decorator';
import { CurrentCaller, type Caller } from './caller';

@AdminController('')
@Throttled('account')
export class AccessController {
  constructor(private readonly access: AccessAdministration) {}

  /** The catalogue of permissions. */
  @RequirePermissions('auth.permissions:read')
  @Get('permissions')
  @ApiOkResponse({ type: PermissionListAnswer })
  permissions(): PermissionListAnswer {
    return this.access.permissions();
  }

  /** Why an account may do something or may not, and what would change it. */
  @RequirePermissions('auth.access:explain')
  @Post('access/explain')
  @HttpCode(200)
  @ApiOkResponse({ type: ExplanationAnswer })
  explain(
    @CurrentCaller() caller: Caller,
    @StrictBody(ExplainAccessDto) question: ExplainAccessDto,
  ): Promise<ExplanationAnswer> {
    return this.access.explain(question, caller);
  }

  /** Who may do something at this moment, the newest account first. */
  @RequirePermissions('auth.access:explain')
  @Get('access/who-can')
  @ApiOkResponse({ type: PermittedAccountPageAnswer })
  whoCan(
    @CurrentCaller() caller: Caller,
    @StrictQuery(WhoCanDto) question: WhoCanDto,
  ): Promise<PermittedAccountPageAnswer> {
    return this.access.whoCan(question, caller);
  }

  /** Every route of the application, and what it needs. */
  @RequirePermissions('auth.access:routes')
  @Get('access/routes')
  @ApiOkResponse({ type: RouteListAnswer })
  routes(): RouteListAnswer {
    return this.access.routes();
  }
}
