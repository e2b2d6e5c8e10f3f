import { safeReturnTo } from '@portcullis/client';
import fc from 'fast-check';
import { HARMLESS, HOSTILE, VECTOR_ORIGIN } from './return-to-vectors';

describe('where to go after signing in', () => {
  it('is judged by more than sixty hostile values', () => {
    expect(HOSTILE.length).toBeGreaterThan(60);
  });

  it.each(HOSTILE.map((value) => [JSON.stringify(value), value]))(
    '45: is never %s',
    (_shown, value) => {
      expect(safeReturnTo(value, VECTOR_ORIGIN)).toBeUndefined();
    },
  );

  it.each(HARMLESS)('may be %s', (value, path) => {
    expect(safeReturnTo(value, VECTOR_ORIGIN)).toBe(path);
  });
});

/** What somebody makes of a path on its way; as it is where its bytes are no text, which no decoder takes. */
function decoded(path: string, decode: (text: string) => string): string {
  try {
    return decode(path);
  } catch {
    return path;
  }
}

describe('whatever a return address says', () => {
  const pieces = fc.constantFrom(
    ...['/', '\\', '.', '..', '%', '%2f', '%2F', '%5c', '%25', '%2e', '?', '#', '@', ':', ';', 'a'],
    ...[
      '\t',
      '\n',
      'http:',
      'https:',
      'javascript:',
      'evil.example',
      VECTOR_ORIGIN,
      '\u2028',
      '／',
      '。',
    ],
  );
  const values = fc.array(fc.oneof(pieces, fc.string({ maxLength: 3 })), { maxLength: 8 });

  it('45: it leads to this origin, however often it is decoded on its way, and is the same when judged again', () => {
    fc.assert(
      fc.property(values, (parts) => {
        const wanted = safeReturnTo(parts.join(''), VECTOR_ORIGIN);
        if (wanted === undefined) return;
        expect(safeReturnTo(wanted, VECTOR_ORIGIN)).toBe(wanted);
        const [path = ''] = wanted.split(/[?#]/, 1);
        for (const spelling of [
          wanted,
          decoded(path, decodeURI),
          decoded(path, decodeURIComponent),
        ]) {
          expect(new URL(spelling, VECTOR_ORIGIN).origin).toBe(VECTOR_ORIGIN);
        }
      }),
      { numRuns: 20_000 },
    );
  });
});
