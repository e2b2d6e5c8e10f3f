import {
  applyDecorators,
  Controller,
  UseFilters,
  UseInterceptors,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ProblemFilter } from '../errors/problem.filter';
import { NoStoreInterceptor } from './no-store.interceptor';

/** A controller of ours: outside the host's versioning, never cached, every error a problem document. */
export function AuthController(path = ''): ClassDecorator {
  return applyDecorators(
    Controller({ path, version: VERSION_NEUTRAL }),
    UseFilters(ProblemFilter),
    UseInterceptors(NoStoreInterceptor),
    ApiTags('auth'),
  );
}
