import { Module } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { ChangeFeedModule } from '../change-feed/change-feed.module';
import { KeysModule } from '../keys/keys.module';
import { AccessTokens } from './access-tokens';
import { RefreshTokens } from './refresh-token';
import { VerifiedTokenCache } from './verified-token-cache';

@Module({
  imports: [ChangeFeedModule, KeysModule, JwtModule.register({})],
  providers: [AccessTokens, RefreshTokens, VerifiedTokenCache],
  exports: [AccessTokens, RefreshTokens, VerifiedTokenCache],
})
export class TokensModule {}
