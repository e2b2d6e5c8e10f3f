import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AccessService, AuthError, inTenant, matches, type Principal } from '@portcullis/nest';
import { concatMap, filter, map, Subject, type Observable } from 'rxjs';
import type { OrderPermission } from './access';
import type { NewOrder, Order } from './order';

/** The orders that a principal can see at all: those of the tenant its session is bound to. */
const visible = inTenant<Order>('tenantId');
const KEPT_ORDERS = 1000;

/** Orders in memory; a real application has a table, and `whereOf(visible, principal)` for its query. */
@Injectable()
export class OrdersService {
  readonly #orders: Order[] = [];
  readonly #placed = new Subject<Order>();

  constructor(private readonly access: AccessService<OrderPermission>) {}

  list(principal: Principal): Order[] {
    return this.#orders.filter((order) => matches(visible, principal, order));
  }

  /** @throws AuthError `tenant_required` */
  place({ accountId, tenantId }: Principal, { item, quantity }: NewOrder): Order {
    if (tenantId === undefined) throw new AuthError('tenant_required');
    const order = { id: randomUUID(), tenantId, item, quantity, placedBy: accountId };
    this.#orders.push(order);
    if (this.#orders.length > KEPT_ORDERS) this.#orders.shift();
    this.#placed.next(order);
    return order;
  }

  /**
   * Orders from now on. A guard decides about the message that begins this; who loses the permission
   * afterwards must not hear more, so each order is asked about anew, from memory.
   */
  placed({ accountId, tenantId, activation }: Principal): Observable<Order> {
    return this.#placed.pipe(
      concatMap(async (row) => {
        const resource = { row, condition: visible };
        const asked = { tenantId, activation, resource };
        return { row, ...(await this.access.check(accountId, 'orders:read', asked)) };
      }),
      filter(({ allowed }) => allowed),
      map(({ row }) => row),
    );
  }
}
