import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiBody } from '@nestjs/swagger';
import type { HttpRequest } from './http-request';
import { validateBody, type DtoClass } from './validate-body';

/**
 * The body of a request as an instance of a DTO class, checked by our own rules.
 *
 * It reads the body itself instead of wrapping `@Body()`: a host's global `ValidationPipe` treats
 * the parameter as custom and leaves it alone, so that it can neither strip unknown members before
 * we refuse them nor convert types. The route's OpenAPI operation gets the class as its body.
 *
 * @example
 * login(@StrictBody(LoginDto) body: LoginDto) { … }
 *
 * @throws AuthError `validation_failed`
 */
export function StrictBody(type: DtoClass): ParameterDecorator {
  const parameter = createParamDecorator((_: undefined, context: ExecutionContext) =>
    validateBody(type, context.switchToHttp().getRequest<HttpRequest>().body),
  )();
  return (target, propertyKey, index) => {
    parameter(target, propertyKey, index);
    const method =
      propertyKey === undefined ? undefined : Object.getOwnPropertyDescriptor(target, propertyKey);
    if (propertyKey !== undefined && method !== undefined) {
      ApiBody({ type })(target, propertyKey, method);
    }
  };
}
