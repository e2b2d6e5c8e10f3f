import {
  Body,
  Controller,
  Get,
  Injectable,
  Module,
  Param,
  Patch,
  Post,
  Sse,
  UnauthorizedException,
} from '@nestjs/common';
import { EMPTY, NEVER, type Observable } from 'rxjs';
import {
  Authenticated,
  FourEyes,
  LoosenAccess,
  Policy,
  Public,
  RequireAnyPermission,
  RequirePermissions,
  Roles,
  StepUp,
} from '../../src/route-access/access.decorators';
import { defineAccess } from '../../src/route-access/define-access';
import type { AccessPolicy, CreatorLookup } from '../../src/route-access/policy';

export const access = defineAccess({
  permissions: { notes: ['read', 'write', 'share'] },
  roles: {
    reader: { grants: ['notes:read'] },
    writer: { grants: ['notes:write'] },
    editor: { inherits: ['reader', 'writer'] },
    auditor: { grants: ['notes:read'] },
  },
  separate: [['auditor', 'writer']],
});

@Injectable()
export class Own implements AccessPolicy {
  check() {
    return 'not_found' as const;
  }
}

@Injectable()
export class Creators implements CreatorLookup {
  creatorOf() {
    return null;
  }
}

@Module({ providers: [Own, Creators] })
export class RulesModule {}

/** One route for each way of declaring access. */
@Controller('notes')
@RequirePermissions<string>('notes:read')
export class NotesController {
  @Get()
  list() {
    return [];
  }

  @RequirePermissions<string>('notes:write', 'notes:share')
  @Post(':id/share/:path')
  share(@Param('id') id: string) {
    return { id };
  }

  @RequireAnyPermission<string>('notes:write', 'notes:share')
  @Patch(':id')
  change(@Body() body: unknown) {
    return body;
  }

  @Roles<string>('writer', 'auditor')
  @Get('of-roles')
  ofRoles() {
    return {};
  }

  @StepUp({ maxAge: 300, amr: ['pwd', 'otp'] })
  @Get('fresh')
  fresh() {
    return {};
  }

  @Policy(Own)
  @FourEyes(Creators)
  @Get('own/:id')
  own() {
    return {};
  }

  @Sse('events')
  events(): Observable<MessageEvent> {
    return NEVER;
  }

  @LoosenAccess({ reason: 'everybody has some' })
  @Authenticated()
  @Get('mine')
  mine() {
    return {};
  }

  @Public({ reason: 'a probe' })
  @Get('probe')
  probe() {
    return {};
  }
}

/** What a matrix has to find. */
@Controller('bad')
export class BadController {
  @Authenticated()
  @Get('unauthorized/:id')
  unauthorized() {
    throw new UnauthorizedException();
  }

  @Public()
  @Get('closed')
  closed() {
    throw new UnauthorizedException();
  }

  @Roles<string>('auditor')
  @RequirePermissions<string>('notes:read')
  @Get('anything/*path')
  anything() {
    return {};
  }

  @Public()
  @Get(':shadow')
  shadow() {
    return {};
  }

  @RequirePermissions<string>('notes:share')
  @Get('shadowed')
  shadowed() {
    return {};
  }
}

@Controller('bad')
@Roles<string>('auditor')
export class UnreachableController {
  @Roles<string>('writer')
  @Get('nobody')
  nobody(): Observable<never> {
    return EMPTY;
  }
}
