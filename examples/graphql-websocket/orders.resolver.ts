import { Args, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { CurrentPrincipal, type Principal } from '@portcullis/nest';
import { RequireOrderPermissions } from './access';
import { NewOrder, Order } from './order';
import { OrdersService } from './orders.service';
import { valid } from './valid';

/** What stands on the class and on a method must both hold, on fields too. */
@RequireOrderPermissions('orders:read')
@Resolver(() => Order)
export class OrdersResolver {
  constructor(private readonly service: OrdersService) {}

  @Query(() => [Order])
  orders(@CurrentPrincipal() principal: Principal): Order[] {
    return this.service.list(principal);
  }

  @RequireOrderPermissions('orders:place')
  @Mutation(() => Order)
  placeOrder(
    @CurrentPrincipal() principal: Principal,
    @Args('order', valid) order: NewOrder,
  ): Order {
    return this.service.place(principal, order);
  }

  /** Nullable, so that a refusal leaves the rest of the answer. */
  @RequireOrderPermissions('orders:trace')
  @ResolveField(() => String, { nullable: true })
  placedBy(@Parent() { placedBy }: Order): string {
    return placedBy;
  }
}
