import type { INestApplication } from '@nestjs/common';
import { asPrincipal, expectAccessMatrix } from '../../src/testing/testing';

const FUNCTIONS: readonly [string, (app: INestApplication) => Promise<unknown>][] = [
  ['asPrincipal', asPrincipal],
  ['expectAccessMatrix', expectAccessMatrix],
];

describe('the helpers for tests', () => {
  const before = process.env['NODE_ENV'];
  afterEach(() => {
    process.env['NODE_ENV'] = before;
  });

  /** An application that tells whether anything was asked of it. */
  function watched(): { readonly app: INestApplication; readonly asked: string[] } {
    const asked: string[] = [];
    const note = (member: string) => () => {
      asked.push(member);
      throw new Error(`${member} was asked for`);
    };
    const watch = { get: note('get'), init: note('init'), listen: note('listen') };
    return { app: watch as unknown as INestApplication, asked };
  }

  it.each(FUNCTIONS)('AZ-1: make nobody in production: %s', async (name, call) => {
    const { app, asked } = watched();
    process.env['NODE_ENV'] = 'production';
    await expect(call(app)).rejects.toThrow(`${name}: refused, because NODE_ENV is production`);
    expect(asked).toEqual([]);

    process.env['NODE_ENV'] = 'test';
    await expect(call(app)).rejects.toThrow('get was asked for');
  });
});
