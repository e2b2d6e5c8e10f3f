import { Delete, Get, HttpCode, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse } from '@nestjs/swagger';
import { AssignmentsService } from '../access/assignments.service';
import { PathId } from '../requests/path-id.decorator';
import { StrictBody } from '../requests/strict-body.decorator';
import { StrictQuery } from '../requests/strict-query.decorator';
import { RequirePermissions, StepUp } from '../route-access/access.decorators';
import { Throttled } from '../throttling/throttled';
import { AdminController } from './admin-controller.decorator';
import { AssignmentAdministration } from './assignment-administration.service';
import {
  AssignmentAnswer,
  AssignmentPageAnswer,
  CreateAssignmentDto,
  ListAssignmentsDto,
} from './assignments.dto';
import { CurrentCaller, type Caller } from './caller';
import { RECENT_AUTHENTICATION } from './step-up';

@AdminController('assignments')
@Throttled('account')
export class AssignmentsController {
  constructor(
    private readonly assignments: AssignmentsService,
    private readonly changes: AssignmentAdministration,
  ) {}

  /** The assignments, the newest first; in a tenant only those that hold in it alone. */
  @RequirePermissions('auth.assignments:read')
  @Get()
  @ApiOkResponse({ type: AssignmentPageAnswer })
  list(
    @CurrentCaller() { scope }: Caller,
    @StrictQuery(ListAssignmentsDto) query: ListAssignmentsDto,
  ): Promise<AssignmentPageAnswer> {
    return this.assignments.list(query, scope);
  }

  /** Gives an account a role, out of what the caller holds there. */
  @RequirePermissions('auth.assignments:create')
  @StepUp(RECENT_AUTHENTICATION)
  @Post()
  @ApiCreatedResponse({ type: AssignmentAnswer })
  create(
    @CurrentCaller() caller: Caller,
    @StrictBody(CreateAssignmentDto) given: CreateAssignmentDto,
  ): Promise<AssignmentAnswer> {
    return this.changes.create(given, caller);
  }

  /** Takes it away again. */
  @RequirePermissions('auth.assignments:delete')
  @StepUp(RECENT_AUTHENTICATION)
  @Delete(':id')
  @HttpCode(204)
  @ApiNoContentResponse()
  remove(@CurrentCaller() caller: Caller, @PathId() id: string): Promise<void> {
    return this.changes.remove(id, caller);
  }
}
