import { Get } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import { AuditService } from '../audit/audit.service';
import { StrictQuery } from '../requests/strict-query.decorator';
import { RequirePermissions } from '../route-access/access.decorators';
import { Throttled } from '../throttling/throttled';
import { AdminController } from './admin-controller.decorator';
import { AuditPageAnswer, ListAuditDto } from './audit.dto';
import { CurrentCaller, type Caller } from './caller';

@AdminController('audit')
@Throttled('account')
export class AuditController {
  constructor(private readonly audit: AuditService) {}

  /** What happened, the newest first; in a tenant what is recorded of it. */
  @RequirePermissions('auth.audit:read')
  @Get()
  @ApiOkResponse({ type: AuditPageAnswer })
  list(
    @CurrentCaller() { scope }: Caller,
    @StrictQuery(ListAuditDto) query: ListAuditDto,
  ): Promise<AuditPageAnswer> {
    return this.audit.list(query, scope);
  }
}
