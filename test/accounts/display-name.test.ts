import { parseDisplayName } from '../../src/accounts/display-name';

describe('parseDisplayName', () => {
  it.each([
    ['Alice', 'Alice'],
    ['  Alice Liddell ', 'Alice Liddell'],
    ['Andre\u0301', 'Andr\u00e9'],
    ['<b>Bob</b>', '<b>Bob</b>'],
    ['👩‍👩‍👧', '👩‍👩‍👧'],
    ['a'.repeat(100), 'a'.repeat(100)],
    ['😀'.repeat(100), '😀'.repeat(100)],
  ])('keeps %j', (input, name) => {
    expect(parseDisplayName(input)).toBe(name);
  });

  it.each([
    ['nothing', ''],
    ['only spaces', '   '],
    ['101 characters', 'a'.repeat(101)],
    ['a line break', 'Alice\r\nBcc: x@evil.test'],
    ['a NUL', 'Ali\0ce'],
    ['an escape sequence', '\u001b[31mAlice'],
    ['a reversed text', 'Alice\u202egro.live'],
    ['half a character', 'Ali\ud800ce'],
    ['a megabyte', 'a'.repeat(1_000_000)],
  ])('refuses %s', (_, input) => {
    expect(() => parseDisplayName(input)).toThrow(
      expect.objectContaining({
        code: 'validation_failed',
        errors: [expect.objectContaining({ field: 'displayName' })],
      }),
    );
  });
});
