import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  type WsResponse,
} from '@nestjs/websockets';
import { AuthError, CurrentPrincipal, type Principal } from '@portcullis/nest';
import { finalize, map, startWith, type Observable } from 'rxjs';
import { RequireOrderPermissions } from './access';
import { NewOrder, type Order } from './order';
import { OrdersService } from './orders.service';
import { valid } from './valid';

@RequireOrderPermissions('orders:read')
@WebSocketGateway({ path: '/orders' })
export class OrdersGateway {
  readonly #watching = new WeakSet<object>();

  constructor(private readonly orders: OrdersService) {}

  /** Streams the orders that are placed from now on; once per socket, or one could ask for thousands. */
  @SubscribeMessage('watch')
  watch(
    @ConnectedSocket() socket: object,
    @CurrentPrincipal() principal: Principal,
  ): Observable<WsResponse> {
    if (this.#watching.has(socket)) throw new AuthError('conflict');
    this.#watching.add(socket);
    return this.orders.placed(principal).pipe(
      map((order): WsResponse => ({ event: 'order', data: shown(order) })),
      startWith({ event: 'watching', data: {} }),
      finalize(() => this.#watching.delete(socket)),
    );
  }

  @RequireOrderPermissions('orders:place')
  @SubscribeMessage('place')
  place(@CurrentPrincipal() principal: Principal, @MessageBody(valid) order: NewOrder): WsResponse {
    return { event: 'placed', data: shown(this.orders.place(principal, order)) };
  }
}

/** An event has no fields with guards of their own, so it carries nothing that needs one. */
function shown({ id, item, quantity }: Order): Pick<Order, 'id' | 'item' | 'quantity'> {
  return { id, item, quantity };
}
