import fc from 'fast-check';
import { isAuthError } from '../../src/errors/auth-error';
import {
  MAX_JSON_DEPTH,
  MAX_JSON_MEMBERS,
  assertStrictJson,
  strictJsonParser,
  strictJsonVerify,
} from '../../src/requests/strict-json';

const REFUSED = expect.objectContaining({ code: 'validation_failed' });

function accepts(text: string | Buffer): boolean {
  try {
    assertStrictJson(text);
    return true;
  } catch (error) {
    // Thousands of calls: a plain comparison is a hundred times faster than a matcher.
    if (isAuthError(error) && error.code === 'validation_failed') return false;
    throw error;
  }
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('agreement with JSON.parse', () => {
  it('every value that has no repeated member passes, as text and as bytes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.boolean(), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent ? 2 : 0);
        expect(accepts(text)).toBe(true);
        expect(accepts(Buffer.from(text))).toBe(true);
      }),
    );
  });

  it('text that JSON.parse refuses is refused', () => {
    const piece = fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '\\', '"a"', '1', ' ', 'null');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const text = pieces.join('');
        if (!parses(text) && accepts(text)) throw new Error(`accepted ${text}`);
      }),
      { numRuns: 2000 },
    );
    for (const text of ['', ' ', '{', '"', '{"a":1,}', "{'a':1}", 'undefined', '{"a":1}{', 'NaN']) {
      expect(accepts(text)).toBe(false);
    }
  });
});

describe('HT-1: repeated members', () => {
  it('are refused wherever they are inserted and however they are spelt', () => {
    const name = fc.string({ unit: 'binary', maxLength: 8 });
    const filler = fc.dictionary(name, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 });
    const levels = fc.array(fc.constantFrom('object', 'array'), { maxLength: 5 });
    fc.assert(
      fc.property(name, filler, levels, fc.boolean(), (repeated, others, around, escaped) => {
        const rest = JSON.stringify(others).slice(1, -1);
        const first = JSON.stringify(repeated);
        const second = escaped ? `"${escapeAll(repeated)}"` : first;
        const members = [`${first}: 1`, ...(rest === '' ? [] : [rest]), `${second}: [2]`];
        const text = around.reduce(
          (inner, level) => (level === 'object' ? `{"in": ${inner}}` : `[0, ${inner}, "x"]`),
          `{${members.join(', ')}}`,
        );
        if (!parses(text)) throw new Error(`no JSON: ${text}`);
        if (accepts(text)) throw new Error(`accepted ${text}`);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    '{"email":"a","email":"b"}',
    '{"email":"a","\\u0065mail":"b"}',
    '{"a":{"b":1,"b":2}}',
    '[{"a":1},{"a":1,"a":1}]',
    '{"__proto__":1,"__proto__":2}',
    '{"":1,"":2}',
    '{"a\\"":1,"a\\u0022":2}',
  ])('%s is refused', (text) => {
    expect(accepts(text)).toBe(false);
  });

  it.each([
    '{"a":"a","b":"a"}',
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":1}]',
    '{"a":["a","a"],"b":["a"]}',
    '{"a":"\\"a\\":","b":"{\\"a\\":1,\\"a\\":1}"}',
    '["a","a"]',
    '{"a":1,"A":2}',
  ])('%s repeats nothing', (text) => {
    expect(accepts(text)).toBe(true);
  });
});

describe('HT-5: cost', () => {
  it('the deepest and the widest accepted documents, and one more', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(accepts(nested(MAX_JSON_DEPTH))).toBe(true);
    expect(accepts(nested(MAX_JSON_DEPTH + 1))).toBe(false);
    const wide = (members: number): string => JSON.stringify(new Array(members).fill(0));
    expect(accepts(wide(MAX_JSON_MEMBERS))).toBe(true);
    expect(accepts(wide(MAX_JSON_MEMBERS + 1))).toBe(false);
  });

  it.each([
    ['a million levels of arrays', '['.repeat(1_000_000)],
    ['a hundred thousand levels of objects', '{"a":'.repeat(100_000)],
    ['closed arrays', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['a million empty arrays', `[${'[],'.repeat(1_000_000)}0]`],
    ['a million members', `{${Array.from({ length: 1_000_000 }, (_, at) => `"${at}":1`).join()}}`],
    ['a string that never ends', `"${'\\"'.repeat(1_000_000)}`],
    ['a million quotes', '"'.repeat(1_000_001)],
  ])('%s are refused at once, without a deep stack', (_, text) => {
    const before = performance.now();
    expect(accepts(text)).toBe(false);
    expect(performance.now() - before).toBeLessThan(1000);
  });

  it('a long string is one member', () => {
    expect(accepts(JSON.stringify({ text: '[,{"'.repeat(100_000) }))).toBe(true);
  });
});

describe('HT-1: encoding', () => {
  it.each([
    ['an overlong form', [0x22, 0xc0, 0xaf, 0x22]],
    ['half a character', [0x22, 0xe2, 0x82, 0x22]],
    ['an encoded surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['Latin-1', [0x22, 0xe4, 0x22]],
    ['a byte order mark', [0xef, 0xbb, 0xbf, 0x7b, 0x7d]],
    ['UTF-16', [0x7b, 0x00, 0x7d, 0x00]],
    ['UTF-16 with its mark', [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]],
  ])('%s is refused', (_, bytes) => {
    expect(accepts(Buffer.from(bytes))).toBe(false);
  });

  it('a mark in text is refused as in bytes', () => {
    expect(accepts('\ufeff{}')).toBe(false);
    expect(accepts('{"a":"\ufeff"}')).toBe(true);
  });
});

describe('as `verify` of a body parser', () => {
  it('judges what was received and lets an empty body pass', () => {
    expect(() => strictJsonVerify({}, {}, Buffer.alloc(0))).not.toThrow();
    expect(() => strictJsonVerify({}, {}, Buffer.from('{"a":1}'))).not.toThrow();
    expect(() => strictJsonVerify({}, {}, Buffer.from('{"a":1,"a":1}'))).toThrow(REFUSED);
  });

  it('HT-1: a body parser of Fastify takes objects and lists, and an empty body for none', () => {
    const parsed = (text: string) => {
      const done = jest.fn();
      strictJsonParser({}, Buffer.from(text), done);
      expect(done).toHaveBeenCalledTimes(1);
      return done.mock.calls[0] as [error: unknown, value?: unknown];
    };
    expect(parsed('')).toEqual([null, undefined]);
    expect(parsed('{"a":[1]}')).toEqual([null, { a: [1] }]);
    expect(parsed('[]')).toEqual([null, []]);
    for (const text of ['{"a":1,"a":1}', '"a"', '1', 'null', 'true', '{', ' ']) {
      expect(parsed(text)).toEqual([REFUSED]);
    }
  });

  it('HT-7: a refusal repeats nothing of the body', () => {
    for (const text of ['{"s3cret":1,"s3cret":2}', '{"s3cret', '["s3cret",]']) {
      const refusal = thrownBy(() => assertStrictJson(text)) as Error;
      expect(JSON.stringify({ ...refusal, text: refusal.message })).not.toContain('s3cret');
      expect(refusal.cause).toBeUndefined();
    }
  });
});

function thrownBy(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown');
}

/** Each UTF-16 unit as `\uXXXX`: another spelling of the same text. */
function escapeAll(text: string): string {
  return text
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
