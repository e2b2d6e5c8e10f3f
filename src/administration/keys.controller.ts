import { Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse } from '@nestjs/swagger';
import { KeysService } from '../keys/keys.service';
import { StrictBody } from '../requests/strict-body.decorator';
import { RequirePermissions, StepUp } from '../route-access/access.decorators';
import { Throttled } from '../throttling/throttled';
import { AdminController } from './admin-controller.decorator';
import { ReachesBeyondTenants } from './administration.guard';
import { CurrentCaller, type Caller } from './caller';
import { KeyAnswer, KeyListAnswer, RotateKeyDto } from './keys.dto';
import { RECENT_AUTHENTICATION } from './step-up';
import { wholeList } from './whole-list';

@AdminController('keys')
@Throttled('account')
@ReachesBeyondTenants()
export class KeysController {
  constructor(private readonly keys: KeysService) {}

  /** The signing keys, the newest first. */
  @RequirePermissions('auth.keys:read')
  @Get()
  @ApiOkResponse({ type: KeyListAnswer })
  async list(): Promise<KeyListAnswer> {
    return wholeList(await this.keys.list());
  }

  /** Publishes the key that will replace the current one, or lets it sign at once; tokens stay good. */
  @RequirePermissions('auth.keys:rotate')
  @StepUp(RECENT_AUTHENTICATION)
  @Post('rotate')
  @ApiCreatedResponse({ type: KeyAnswer })
  rotate(
    @CurrentCaller() { by }: Caller,
    @StrictBody(RotateKeyDto) options: RotateKeyDto,
  ): Promise<KeyAnswer> {
    return this.keys.rotate(by, options);
  }

  /** Refuses whatever the key has signed; another one signs in its place. */
  @RequirePermissions('auth.keys:revoke')
  @StepUp(RECENT_AUTHENTICATION)
  @Post(':kid/revoke')
  @HttpCode(200)
  @ApiOkResponse({ type: KeyAnswer })
  revoke(@CurrentCaller() { by }: Caller, @Param('kid') kid: string): Promise<KeyAnswer> {
    return this.keys.revoke(kid, by);
  }
}
