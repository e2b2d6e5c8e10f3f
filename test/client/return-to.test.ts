import { safeReturnTo } from '@portcullis/client';
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
