import { HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse } from '@nestjs/swagger';
import { AuthController } from '../requests/auth-controller.decorator';
import type { HttpRequest } from '../requests/http-request';
import { Public } from '../route-access/access.decorators';
import { Throttled } from '../throttling/throttled';
import { IntrospectionAnswer, TokenForm } from './introspection.dto';
import { IntrospectionGuard } from './introspection.guard';
import { IntrospectionService } from './introspection.service';
import { OAuthErrorFilter } from './oauth-error.filter';
import { RevocationGuard } from './revocation.guard';
import { Asked, type IntrospectionRequest, type RevocationRequest } from './token-caller';
import { TokenRevocation } from './token-revocation.service';

/** What OAuth clients ask about tokens that they hold or received. */
@AuthController('', OAuthErrorFilter)
@Throttled('tokens')
export class TokenEndpointsController {
  constructor(
    private readonly introspection: IntrospectionService,
    private readonly revocation: TokenRevocation,
  ) {}

  /** Whether a token counts at this moment (RFC 7662). */
  @Public({ reason: 'its guard admits resource servers and holders of auth.tokens:introspect' })
  @Post('introspect')
  @HttpCode(200)
  @UseGuards(IntrospectionGuard)
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiBody({ type: TokenForm })
  @ApiOkResponse({ type: IntrospectionAnswer })
  introspect(@Asked() asked: IntrospectionRequest): Promise<IntrospectionAnswer> {
    return this.introspection.introspect(asked);
  }

  /** Ends the session of a token (RFC 7009). */
  @Public({ reason: 'its guard admits the holder of a token, and resource servers' })
  @Post('revoke')
  @HttpCode(200)
  @UseGuards(RevocationGuard)
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiBody({ type: TokenForm })
  @ApiOkResponse()
  revoke(@Asked() asked: RevocationRequest, @Req() request: HttpRequest): Promise<void> {
    return this.revocation.revoke(asked, request);
  }
}
