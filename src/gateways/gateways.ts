import { Injectable } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { RouteAccessReader } from '../route-access/route-access.reader';
import {
  eventHandlersOf,
  gatewaysIn,
  isSamePlace,
  placeOf,
  type GatewayPlace,
  type MessageClass,
} from './message-classes';

/** The gateways of the application, and who may connect to them. */
@Injectable()
export class Gateways {
  constructor(
    private readonly modules: ModulesContainer,
    private readonly routes: RouteAccessReader,
  ) {}

  all(): readonly MessageClass[] {
    return gatewaysIn(this.modules);
  }

  /**
   * Whether strangers may connect: only where everything about every gateway at this place is public.
   * A place without a gateway is nobody's.
   */
  isPublic(place: GatewayPlace): boolean {
    const there = this.all().filter((gateway) => isSamePlace(placeOf(gateway), place));
    return (
      there.length > 0 &&
      there.every((gateway) =>
        [
          this.routes.readClass(gateway),
          ...eventHandlersOf(gateway).map((handler) => this.routes.read(gateway, handler)),
        ].every(({ kind }) => kind === 'public'),
      )
    );
  }
}
