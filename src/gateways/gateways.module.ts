import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module';
import { ChangeFeedModule } from '../change-feed/change-feed.module';
import { SessionsModule } from '../sessions/sessions.module';
import { TokensModule } from '../tokens/tokens.module';
import { GatewayAudit } from './gateway-audit';
import { Gateways } from './gateways';
import { GuardedWebSockets } from './guarded-web-sockets';
import { Handshakes } from './handshakes.service';
import { MessageEnforcement } from './message-enforcement';

@Module({
  imports: [AccessModule, ChangeFeedModule, SessionsModule, TokensModule],
  providers: [GatewayAudit, Gateways, GuardedWebSockets, Handshakes, MessageEnforcement],
})
export class GatewaysModule {}
