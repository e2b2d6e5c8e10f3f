import { ValidationPipe } from '@nestjs/common';
import { AuthError } from '@portcullis/nest';

/** Refuses what a class does not allow, with a stable code on every transport. */
export const valid = new ValidationPipe({
  transform: true,
  whitelist: true,
  forbidNonWhitelisted: true,
  exceptionFactory: (errors) =>
    new AuthError('validation_failed', {
      errors: errors.map(({ property, constraints = {} }) => ({
        field: property,
        message: Object.values(constraints)[0] ?? 'is not valid',
      })),
    }),
});
