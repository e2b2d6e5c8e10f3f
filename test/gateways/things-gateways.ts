import {
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
} from '@nestjs/websockets';
import {
  Authenticated,
  LoosenAccess,
  Public,
  RequirePermissions,
  Roles,
} from '../../src/route-access/access.decorators';
import { CurrentPrincipal } from '../../src/route-access/current-principal.decorator';
import type { Principal } from '../../src/route-access/principal';

/** What gateways learned of, in this order. */
export const seen: string[] = [];

/** The sockets that gateways know to be gone. */
export const gone: object[] = [];

/** The same events for `ws` and for socket.io, which differ in where a gateway is served. */
@Roles<string>('reader')
abstract class ThingsEvents implements OnGatewayConnection, OnGatewayDisconnect {
  handleConnection(): void {
    seen.push('connected');
  }

  handleDisconnect(client: object): void {
    gone.push(client);
  }

  @SubscribeMessage('read')
  read(@CurrentPrincipal() { accountId }: Principal) {
    seen.push('read');
    return { event: 'answer', data: accountId };
  }

  @RequirePermissions<string>('things:write')
  @SubscribeMessage('write')
  write(@MessageBody() data: unknown) {
    seen.push('write');
    return { event: 'answer', data };
  }

  @LoosenAccess({ reason: 'everybody may see who they are' })
  @Authenticated()
  @SubscribeMessage('mine')
  mine(@CurrentPrincipal() { sessionId }: Principal) {
    seen.push('mine');
    return { event: 'answer', data: sessionId };
  }

  @Public({ reason: 'a probe' })
  @SubscribeMessage('probe')
  probe() {
    seen.push('probe');
    return { event: 'answer', data: 'alive' };
  }
}

@Public()
abstract class OpenEvents implements OnGatewayConnection {
  handleConnection(): void {
    seen.push('open');
  }

  @SubscribeMessage('hello')
  hello() {
    return { event: 'answer', data: 'hello' };
  }
}

@WebSocketGateway({ path: '/things' })
export class NativeThings extends ThingsEvents {}

@WebSocketGateway({ path: '/open' })
export class NativeOpen extends OpenEvents {}

@WebSocketGateway({ namespace: 'things' })
export class SocketIoThings extends ThingsEvents {}

@WebSocketGateway({ namespace: '/open' })
export class SocketIoOpen extends OpenEvents {}
