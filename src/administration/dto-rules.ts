import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { ValidateBy, ValidateIf } from 'class-validator';
import { isId } from '../database/identifiers';

const DIGITS = /^(?:0|[1-9]\d{0,8})$/;
const INSTANT = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.\d{1,9})?Z$/;
const FIRST_YEAR = '1970';
/** PostgreSQL takes neither in a text. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;

/** May be left out. Unlike `@IsOptional()` it does not take null for absent (AD-5). */
export function Omittable(): PropertyDecorator {
  return ValidateIf((_, value: unknown) => value !== undefined);
}

/** May be left out, or be null to take away what is there. */
export function OmittableOrNull(): PropertyDecorator {
  return ValidateIf((_, value: unknown) => value !== undefined && value !== null);
}

/** An id in its one canonical spelling. */
export function IsId({ each = false } = {}): PropertyDecorator {
  const validator = { validate: isId, defaultMessage: () => 'must be an id' };
  return ValidateBy({ name: 'isId', validator }, { each });
}

/** A text that can be stored. */
export function IsStorable(): PropertyDecorator {
  const validator = {
    validate: (value: unknown) => typeof value === 'string' && !UNSTORABLE.test(value),
    defaultMessage: () => 'must be a text without NUL and without halves of characters',
  };
  return ValidateBy({ name: 'isStorable', validator });
}

/** A time of RFC 3339 §5.6 in UTC, from 1970 on; it becomes a `Date`. */
export function IsInstant(): PropertyDecorator {
  const validator = {
    validate: (value: unknown) => value instanceof Date,
    defaultMessage: () => 'must be a time of RFC 3339 in UTC, such as 2026-01-31T12:00:00Z',
  };
  return applyDecorators(
    Transform(({ value }: { value: unknown }) => instantOf(value) ?? value),
    ValidateBy({ name: 'isInstant', validator }),
  );
}

/** A number of a query string, spelt in decimal digits; whatever else stands there stays a text (AD-4). */
export function FromDigits(): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && DIGITS.test(value) ? Number(value) : value,
  );
}

function instantOf(value: unknown): Date | undefined {
  if (typeof value !== 'string') return undefined;
  const [, seconds] = INSTANT.exec(value) ?? [];
  if (seconds === undefined || seconds < FIRST_YEAR) return undefined;
  const time = new Date(value);
  // Date rolls some days that do not exist over into the next month.
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(seconds) ? time : undefined;
}
