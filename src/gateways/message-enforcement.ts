import { Injectable, type CanActivate, type ExceptionFilter } from '@nestjs/common';
import { EXCEPTION_FILTERS_METADATA, GUARDS_METADATA } from '@nestjs/common/constants';
import { ModulesContainer } from '@nestjs/core';
import { RolesGuard } from '../access/roles.guard';
import { MessageErrorFilter } from '../errors/message-error.filter';
import { DecisionWitness } from './decision-witness';
import { gatewaysIn, messageControllersIn, type MessageClass } from './message-classes';

const WITNESS: CanActivate = new DecisionWitness();
const FILTER: ExceptionFilter = new MessageErrorFilter();

/**
 * Puts at every gateway and every controller with message handlers what Nest's global guards and
 * filters cannot promise there. It happens when the application is put together: Nest reads the
 * metadata before any lifecycle hook runs.
 */
@Injectable()
export class MessageEnforcement {
  constructor(modules: ModulesContainer, rolesGuard: RolesGuard) {
    // Whoever replaces the guard in a test has decided that nothing is decided.
    const isReplaced = !(rolesGuard instanceof RolesGuard);
    for (const type of [...gatewaysIn(modules), ...messageControllersIn(modules)]) {
      if (!isReplaced) putFirst(GUARDS_METADATA, WITNESS, type);
      // Nest asks the last filter of a class first, so that a team's own comes before ours.
      putFirst(EXCEPTION_FILTERS_METADATA, FILTER, type);
    }
  }
}

function putFirst(key: string, enhancer: object, type: MessageClass): void {
  const present = (Reflect.getMetadata(key, type) ?? []) as object[];
  if (!present.includes(enhancer)) Reflect.defineMetadata(key, [enhancer, ...present], type);
}
