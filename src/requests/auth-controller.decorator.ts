import {
  applyDecorators,
  Controller,
  UseFilters,
  UseInterceptors,
  VERSION_NEUTRAL,
  type ExceptionFilter,
  type Type,
} from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ProblemFilter } from '../errors/problem.filter';
import { NoStoreInterceptor } from './no-store.interceptor';

const own = new WeakSet<object>();

/**
 * A controller of ours: outside the host's versioning, never cached, every error a problem document
 * or, by another filter, what a standard asks for.
 */
export function AuthController(
  path = '',
  filter: Type<ExceptionFilter> = ProblemFilter,
): ClassDecorator {
  return applyDecorators(
    (target: object) => void own.add(target),
    Controller({ path, version: VERSION_NEUTRAL }),
    UseFilters(filter),
    UseInterceptors(NoStoreInterceptor),
    ApiTags('auth'),
  );
}

/** Whether a controller is one of ours, and not one of the application. */
export function isOwnController(controller: object): boolean {
  return own.has(controller);
}
