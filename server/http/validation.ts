import { ValidationPipe, type ValidationError } from '@nestjs/common';
import { AuthError, type FieldError } from '@portcullis/nest';

/** Refuses what a DTO does not name (HT-1). The library's own routes bring their own, equal rules. */
export function strictValidation(): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    stopAtFirstError: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors) =>
      new AuthError('validation_failed', { errors: errors.flatMap((error) => fields(error, '')) }),
  });
}

/** At most this much of a name the caller chose is sent back. */
const NAME_LIMIT = 64;

function fields(error: ValidationError, path: string): FieldError[] {
  const field = `${path}${error.property}`.slice(0, NAME_LIMIT);
  const [constraint, message = 'is not valid'] = Object.entries(error.constraints ?? {})[0] ?? [];
  const own = constraint === 'whitelistValidation' ? 'is not a member of this request' : message;
  const nested = (error.children ?? []).flatMap((child) => fields(child, `${field}.`));
  return error.constraints === undefined ? nested : [{ field, message: own }, ...nested];
}
