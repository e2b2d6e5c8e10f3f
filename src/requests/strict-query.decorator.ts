import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { AuthError } from '../errors/auth-error';
import { toPrintable } from './printable';
import { validateBody, type DtoClass } from './validate-body';

const MAX_FIELD_LENGTH = 100;

interface RequestWithQuery {
  readonly query?: unknown;
}

/**
 * The query string of a request as an instance of a DTO class, checked like a body: a parameter that
 * the class does not declare is refused, and so is one that is sent twice or nested, whatever the
 * host's parser makes of it (HT-2, AD-5, AD-6).
 *
 * Each value is a text. A rule of the class may turn it into something else, but only what spells it
 * exactly.
 *
 * @example
 * list(@StrictQuery(ListUsersDto) query: ListUsersDto) { … }
 *
 * @throws AuthError `validation_failed`
 */
export function StrictQuery(type: DtoClass): ParameterDecorator {
  const parameter = createParamDecorator((_: undefined, context: ExecutionContext) =>
    validateQuery(type, context.switchToHttp().getRequest<RequestWithQuery>().query),
  )();
  return (target, propertyKey, index) => {
    parameter(target, propertyKey, index);
    const method =
      propertyKey === undefined ? undefined : Object.getOwnPropertyDescriptor(target, propertyKey);
    if (propertyKey !== undefined && method !== undefined) {
      ApiQuery({ type })(target, propertyKey, method);
    }
  };
}

/** @throws AuthError `validation_failed`; its errors name parameters and repeat no value */
export async function validateQuery<Dto extends object>(
  type: DtoClass<Dto>,
  query: unknown,
): Promise<Dto> {
  const given = query ?? {};
  if (typeof given !== 'object') throw new AuthError('validation_failed');
  const errors = Object.entries(given)
    .filter(([, value]) => typeof value !== 'string')
    .map(([name]) => ({
      field: toPrintable(name, MAX_FIELD_LENGTH),
      message: 'must be given once, as a text',
    }));
  if (errors.length > 0) throw new AuthError('validation_failed', { errors });
  return validateBody(type, given);
}
