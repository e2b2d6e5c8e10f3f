import { plainToInstance } from 'class-transformer';
import {
  getMetadataStorage,
  validate,
  ValidationTypes,
  type MetadataStorage,
  type ValidationError,
} from 'class-validator';
import { AuthError, type FieldError } from '../errors/auth-error';
import { toPrintable } from './printable';
import { MAX_JSON_DEPTH } from './strict-json';

/** A class whose members carry class-validator rules. */
export type DtoClass<Dto extends object = object> = new () => Dto;

const MAX_ERRORS = 50;
const MAX_FIELD_LENGTH = 100;
const UNKNOWN = 'is not a member of this request';
const MISSING = 'is required';

/**
 * Checks a parsed body against a class, strictly (controls HT-1 to HT-3, AD-6).
 *
 * Refused: anything but a plain object, members that the class does not declare, names that every
 * object inherits (`__proto__`, `constructor`, `toString` …) at any depth, more levels than
 * `MAX_JSON_DEPTH`. Nothing is converted: `"1"` is no number. No body at all is `{}`.
 *
 * @throws AuthError `validation_failed`; its errors name fields and rules and repeat no value
 */
export async function validateBody<Dto extends object>(
  type: DtoClass<Dto>,
  body: unknown,
): Promise<Dto> {
  const given = body === undefined ? {} : body;
  if (!isPlainObject(given)) {
    throw new AuthError('validation_failed', { detail: 'The body must be a JSON object' });
  }
  refuseInheritedNames(given);
  const instance = plainToInstance(type, given, { enableImplicitConversion: false });
  const failures = await validate(instance, {
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    stopAtFirstError: true,
    // Never told; it only says whether the member was there at all.
    validationError: { target: false, value: true },
  });
  const errors = failures.flatMap((failure) => describe(failure));
  errors.push(...misplacedLists(instance));
  if (errors.length > 0) throw invalid(errors);
  return instance;
}

/**
 * class-validator checks an element where `each` or `@ValidateNested()` expects it, whether a list
 * stands around it or not. A list is accepted exactly where a rule says `each` (HT-2).
 */
function misplacedLists(instance: object, parent = ''): FieldError[] {
  const rules = rulesOf(instance.constructor);
  return Object.entries(instance).flatMap(([name, value]: [string, unknown]) => {
    const field = parent === '' ? name : `${parent}.${name}`;
    const own = rules.filter(({ propertyName }) => propertyName === name);
    const isList = Array.isArray(value);
    if (own.some(({ each }) => each)) {
      if (!isList && value !== undefined && value !== null) {
        return [{ field, message: 'must be a list' }];
      }
    } else if (isList && own.some(({ type }) => type === ValidationTypes.NESTED_VALIDATION)) {
      return [{ field, message: 'must not be a list' }];
    }
    const members: unknown[] = isList ? value : [value];
    return members
      .filter((member) => typeof member === 'object' && member !== null)
      .flatMap((member) => misplacedLists(member, field));
  });
}

function rulesOf(type: unknown): ReturnType<MetadataStorage['getTargetValidationMetadatas']> {
  if (typeof type !== 'function') return [];
  return getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
}

/** Written without `instanceof`, because a host's parser may create objects of another realm. */
function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Before class-transformer sees the body: it recurses, and skips inherited names in silence. */
function refuseInheritedNames(body: object): void {
  let level: object[] = [body];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > MAX_JSON_DEPTH) {
      throw new AuthError('validation_failed', { detail: 'The body is nested too deeply' });
    }
    const next: object[] = [];
    for (const container of level) {
      for (const name of Object.keys(container)) {
        if (name in Object.prototype || name === 'prototype') {
          throw invalid([{ field: name, message: UNKNOWN }]);
        }
        const member: unknown = container[name as keyof typeof container];
        if (typeof member === 'object' && member !== null) next.push(member);
      }
    }
    level = next;
  }
}

function messageOf(rule: string, message: string, value: unknown): string {
  if (rule === 'whitelistValidation') return UNKNOWN;
  return value === undefined ? MISSING : message;
}

function describe(failure: ValidationError, parent = ''): FieldError[] {
  const path = parent === '' ? failure.property : `${parent}.${failure.property}`;
  const field = toPrintable(path, MAX_FIELD_LENGTH);
  const own = Object.entries(failure.constraints ?? {}).map(([rule, message]) => ({
    field,
    message: messageOf(rule, message, failure.value),
  }));
  return [...own, ...(failure.children ?? []).flatMap((child) => describe(child, field))];
}

function invalid(errors: readonly FieldError[]): AuthError {
  return new AuthError('validation_failed', { errors: errors.slice(0, MAX_ERRORS) });
}
