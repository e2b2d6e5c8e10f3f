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

/** Stands for whatever a gateway does beside its handlers: only the class can declare access to it. */
const connecting = Object.freeze(() => undefined);

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
        [connecting, ...eventHandlersOf(gateway)].every(
          (handler) => this.routes.read(gateway, handler).kind === 'public',
        ),
      )
    );
  }
}
