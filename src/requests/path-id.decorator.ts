import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { isId } from '../database/identifiers';
import { AuthError } from '../errors/auth-error';

interface RequestWithParameters {
  readonly params?: Readonly<Record<string, unknown>>;
}

/**
 * An id in the path, in its one canonical spelling. What is no id names nothing, so the answer is the
 * same as for an unknown one (AD-5).
 *
 * @throws AuthError `not_found`
 */
export function PathId(name = 'id'): ParameterDecorator {
  const parameter = createParamDecorator((_: undefined, context: ExecutionContext): string => {
    const id = context.switchToHttp().getRequest<RequestWithParameters>().params?.[name];
    if (!isId(id)) throw new AuthError('not_found');
    return id;
  })();
  return (target, propertyKey, index) => {
    parameter(target, propertyKey, index);
    const method =
      propertyKey === undefined ? undefined : Object.getOwnPropertyDescriptor(target, propertyKey);
    if (propertyKey !== undefined && method !== undefined) {
      ApiParam({ name, schema: { type: 'string', format: 'uuid' } })(target, propertyKey, method);
    }
  };
}
