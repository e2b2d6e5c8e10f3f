import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiBody, ApiConsumes } from '@nestjs/swagger';
import type { FormParameters } from './form-body';
import type { HttpRequest } from './http-request';
import { FORM_FIELD, formOf } from './request-form';
import { validateBody, type DtoClass } from './validate-body';

/**
 * The fields of an HTML form as an instance of a DTO class, checked by our own rules; for handlers marked
 * `@FormPost()`. Every value is a text. Fields that were left empty are absent, and the anti-forgery token
 * is not among them.
 *
 * @example
 * approve(@StrictForm(ApproveForm) form: ApproveForm) { … }
 *
 * @throws AuthError `unsupported_media_type`, `payload_too_large`, `validation_failed`
 *
 * @publicApi
 */
export function StrictForm(type: DtoClass): ParameterDecorator {
  const parameter = createParamDecorator(async (_: undefined, context: ExecutionContext) =>
    validateForm(type, await formOf(context.switchToHttp().getRequest<HttpRequest>())),
  )();
  return (target, propertyKey, index) => {
    parameter(target, propertyKey, index);
    const method =
      propertyKey === undefined ? undefined : Object.getOwnPropertyDescriptor(target, propertyKey);
    if (propertyKey !== undefined && method !== undefined) {
      ApiConsumes('application/x-www-form-urlencoded')(target, propertyKey, method);
      ApiBody({ type })(target, propertyKey, method);
    }
  };
}

/** @throws AuthError `validation_failed` */
export function validateForm<Dto extends object>(
  type: DtoClass<Dto>,
  form: FormParameters,
): Promise<Dto> {
  const fields = [...form].filter(([name]) => name !== FORM_FIELD);
  return validateBody(type, Object.fromEntries(fields));
}
