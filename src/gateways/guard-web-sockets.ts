import type { INestApplicationContext, WebSocketAdapter } from '@nestjs/common';
import { GuardedWebSockets } from './guarded-web-sockets';

/**
 * Guards the gateways of an application: a socket is opened only with a good access token, and closed
 * when its session ends. An application with gateways does not start without it.
 *
 * The token comes from the header `Authorization`, from `auth.token` of socket.io, or from
 * `new WebSocket(url, ['bearer', token])`; never from the URL. A refused client of `ws` is closed with
 * 4401, 4403 or 1013 and the error code as its reason; one of socket.io gets `connect_error` with the
 * problem as its `data`. Gateways that are public altogether are open to strangers. Clients that
 * `connectionStateRecovery` of socket.io lets in past its middleware are refused, and come back with a
 * handshake: set its `skipMiddlewares` to false.
 *
 * @example
 * app.useWebSocketAdapter(guardWebSockets(app, new WsAdapter(app)));
 *
 * @publicApi
 */
export function guardWebSockets<Adapter extends WebSocketAdapter>(
  app: Pick<INestApplicationContext, 'get'>,
  adapter: Adapter,
): Adapter {
  return app.get(GuardedWebSockets, { strict: false }).guard(adapter);
}
