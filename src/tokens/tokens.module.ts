import { Module } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { ChangeFeedModule } from '../change-feed/change-feed.module';
import { KeysModule } from '../keys/keys.module';
import { AccessTokens } from './access-tokens';
import { VerifiedTokenCache } from './verified-token-cache';

@Module({
  imports: [ChangeFeedModule, KeysModule, JwtModule.register({})],
  providers: [AccessTokens, VerifiedTokenCache],
  exports: [AccessTokens, VerifiedTokenCache],
})
export class TokensModule {}
