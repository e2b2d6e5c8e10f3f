import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import { ConfigurationError } from '../errors/configuration-error';
import { Gateways } from './gateways';
import { GuardedWebSockets } from './guarded-web-sockets';

/** Does not let an application start whose gateways accept clients that nobody looked at. */
@Injectable()
export class GatewayAudit implements OnModuleInit {
  constructor(
    private readonly gateways: Gateways,
    private readonly guarded: GuardedWebSockets,
    private readonly config: ApplicationConfig,
  ) {}

  /** @throws ConfigurationError naming every gateway */
  onModuleInit(): void {
    // Nest installs one before this hook where it serves gateways; a mere context serves none.
    const adapter = this.config.getIoAdapter() as object | null;
    const gateways = this.gateways.all();
    if (adapter === null || gateways.length === 0 || this.guarded.isGuarded(adapter)) return;
    throw new ConfigurationError(
      gateways.map(({ name }) => ({
        option: name,
        bound:
          'served through a guarded adapter: before app.init() and app.listen() call ' +
          'app.useWebSocketAdapter(guardWebSockets(app, new WsAdapter(app)))',
        reason: 'without it a gateway learns of clients that nobody has authenticated',
      })),
    );
  }
}
