import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module';
import { ChangeFeedModule } from '../change-feed/change-feed.module';
import { SessionsModule } from '../sessions/sessions.module';
import { ThrottlingModule } from '../throttling/throttling.module';
import { TokensModule } from '../tokens/tokens.module';
import { ClientFailures } from './client-failures';
import { IntrospectionGuard } from './introspection.guard';
import { IntrospectionService } from './introspection.service';
import { LiveAccessTokens } from './live-access-tokens';
import { OAuthErrorFilter } from './oauth-error.filter';
import { ResourceServers } from './resource-servers';
import { RevocationGuard } from './revocation.guard';
import { TokenClients } from './token-clients';
import { TokenEndpointsController } from './token-endpoints.controller';
import { TokenRevocation } from './token-revocation.service';

@Module({
  imports: [AccessModule, ChangeFeedModule, SessionsModule, ThrottlingModule, TokensModule],
  controllers: [TokenEndpointsController],
  providers: [
    ClientFailures,
    IntrospectionGuard,
    IntrospectionService,
    LiveAccessTokens,
    OAuthErrorFilter,
    ResourceServers,
    RevocationGuard,
    TokenClients,
    TokenRevocation,
  ],
})
export class IntrospectionModule {}
