import 'reflect-metadata';
import { Type } from 'class-transformer';
import {
  IsBoolean,
  IsInt,
  IsOptional,
  IsString,
  MaxLength,
  ValidateNested,
  type ValidationOptions,
} from 'class-validator';
import type { AuthError } from '../../src/errors/auth-error';
import { validateBody } from '../../src/requests/validate-body';

const EACH: ValidationOptions = { each: true };

class DeviceDto {
  @IsString() readonly name!: string;
}

class LoginDto {
  @IsString() @MaxLength(20) readonly email!: string;
  @IsOptional() @IsInt() readonly attempts?: number;
  @IsOptional() @IsBoolean() readonly remember?: boolean;
  @IsOptional() @IsString(EACH) readonly factors?: readonly string[];
  @IsOptional() @ValidateNested() @Type(() => DeviceDto) readonly device?: DeviceDto;
}

class LogoutDto {
  @IsOptional() @IsString() readonly scope?: string;
}

async function refusalOf(body: unknown): Promise<AuthError> {
  const refusal: unknown = await validateBody(LoginDto, body).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(refusal).toEqual(expect.objectContaining({ code: 'validation_failed' }));
  return refusal as AuthError;
}

async function refusedFields(body: unknown): Promise<string[]> {
  return ((await refusalOf(body)).errors ?? []).map(({ field }) => field);
}

it('a valid body becomes an instance with the values as they were sent', async () => {
  const body = {
    email: ' A@b.test ',
    attempts: 3,
    remember: false,
    factors: ['totp'],
    device: { name: 'x' },
  };
  const dto = await validateBody(LoginDto, body);
  expect(dto).toBeInstanceOf(LoginDto);
  expect(dto.device).toBeInstanceOf(DeviceDto);
  expect({ ...dto, device: { ...dto.device } }).toEqual(body);
});

it('no body at all is an empty object', async () => {
  expect(await validateBody(LogoutDto, undefined)).toEqual(new LogoutDto());
  expect(await refusedFields(undefined)).toContain('email');
});

it('a body without prototype, as form parsers create it, is judged like any other', async () => {
  const bare = Object.assign(Object.create(null) as object, { email: 'a', extra: 1 });
  expect(await refusedFields(bare)).toEqual(['extra']);
});

it.each([
  null,
  [],
  [{ email: 'a' }],
  'text',
  '',
  5,
  true,
  Buffer.from('{}'),
  new Date(),
  new Map(),
])('HT-1: %p is no JSON object', async (body) => {
  expect((await refusalOf(body)).detail).toBe('The body must be a JSON object');
});

it('HT-1: unknown members are refused at every level', async () => {
  expect(await refusedFields({ email: 'a', admin: true })).toEqual(['admin']);
  expect(await refusedFields({ email: 'a', device: { name: 'x', admin: 1 } })).toEqual([
    'device.admin',
  ]);
});

it.each([
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '__defineGetter__',
  'valueOf',
])('HT-1, HT-3: the member %s is refused at every level', async (name) => {
  const hostile = `{"${name}":{"admin":true}}`;
  for (const text of [
    `{"email":"a","${name}":{"admin":true}}`,
    `{"email":"a","device":${hostile}}`,
    `{"email":"a","factors":[${hostile}]}`,
    `{"email":"a","unknown":{"deep":[[${hostile}]]}}`,
  ]) {
    expect(await refusedFields(JSON.parse(text))).toEqual([name]);
  }
  expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
});

it.each([
  [{ email: { $ne: '' } }, 'email'],
  [{ email: { _type: 'not', _value: 'x' } }, 'email'],
  [{ email: ['a'] }, 'email'],
  [{ email: 5 }, 'email'],
  [{ email: null }, 'email'],
  [{ email: true }, 'email'],
  [{ email: 'a', attempts: '3' }, 'attempts'],
  [{ email: 'a', remember: 'true' }, 'remember'],
  [{ email: 'a', remember: 1 }, 'remember'],
  [{ email: 'a', factors: 'totp' }, 'factors'],
  [{ email: 'a', factors: [{}] }, 'factors'],
  [{ email: 'a', device: 'x' }, 'device'],
  [{ email: 'a', device: [] }, 'device'],
  [{ email: 'a', device: [{ name: 'x' }] }, 'device'],
  [{ email: 'a', device: { name: ['x'] } }, 'device.name'],
  [{ email: 'a', device: { name: {} } }, 'device.name'],
])('HT-2, AD-6: %j is refused for %s, nothing is converted', async (body, field) => {
  expect(await refusedFields(body)).toContain(field);
});

it('HT-5: a body nested without end is refused without a deep stack', async () => {
  let deep: unknown = {};
  for (let level = 0; level < 100_000; level++) deep = { deep };
  expect((await refusalOf({ email: 'a', deep })).detail).toBe('The body is nested too deeply');
});

it('HT-7: errors name fields and rules and repeat no value', async () => {
  const refusal = await refusalOf({ email: 's3cret'.repeat(10), attempts: 's3cret' });
  expect(refusal.errors).toEqual([
    { field: 'email', message: 'email must be shorter than or equal to 20 characters' },
    { field: 'attempts', message: 'attempts must be an integer number' },
  ]);
});

it('HT-9: a hostile name is cut and freed of control characters, and the list is bounded', async () => {
  const [named] = (await refusalOf({ email: 'a', [`x\r\n\u2028${'y'.repeat(500)}`]: 1 })).errors!;
  expect(named!.field).toMatch(/^xy{99}$/);
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`x${at}`, 1]));
  expect((await refusalOf({ email: 'a', ...many })).errors).toHaveLength(50);
});
