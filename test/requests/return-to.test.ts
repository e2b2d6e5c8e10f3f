import fc from 'fast-check';
import { safeReturnTo } from '../../src/requests/return-to';

const HOSTILE: readonly unknown[] = [
  undefined,
  null,
  5,
  {},
  ['/a'],
  '',
  ' ',
  'a',
  'invoices',
  './a',
  '../a',
  '?a',
  '#a',
  '//evil.test',
  '///evil.test',
  '////evil.test',
  '/\\evil.test',
  '\\/evil.test',
  '\\\\evil.test',
  '/\\/evil.test',
  '//\\evil.test',
  '/\t/evil.test',
  '/\n/evil.test',
  '/\r/evil.test',
  '\t//evil.test',
  ' //evil.test',
  '/ /evil.test',
  '/\u0000/evil.test',
  '/%00/evil',
  '/%09/evil.test',
  '/%0a/evil.test',
  '/%0d%0aset-cookie:a=b',
  '/a\r\nset-cookie: a=b',
  '/%2f%2fevil.test',
  '/%2Fevil.test',
  '/%5cevil.test',
  '/%5C%5Cevil.test',
  '/%252fevil.test',
  '/.//evil.test',
  '/..//evil.test',
  '/a/..//evil.test',
  '/./a',
  '/a/../b',
  '/%2e/a',
  '/%2e%2e//evil.test',
  'http://evil.test',
  'https://evil.test/',
  'HTTPS:evil.test',
  'https:/evil.test',
  'https:///evil.test',
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'java\nscript:alert(1)',
  'data:text/html,x',
  'vbscript:x',
  'file:///etc/passwd',
  'blob:https://a/b',
  '//user:pass@evil.test',
  'https://portcullis.invalid@evil.test',
  '//portcullis.invalid/a',
  'https://portcullis.invalid/a',
  '@evil.test',
  ':80',
  '/\u2028/evil',
  '/\u3002evil.test',
  '/\uff0fevil.test',
  '/ä',
  '/a b',
  '/a"b',
  "/a'b",
  '/a<b',
  '/a>b',
  '/a`b',
  '/a{b}',
  '/a|b',
  '/a^b',
  '/%',
  '/%zz',
  '/%7f',
  '/?a b',
  '/#a b',
  '/?\\evil',
  '/#\\evil',
  `/${'a'.repeat(2048)}`,
  '/\ud800',
];

describe('safeReturnTo', () => {
  it.each(HOSTILE.map((value) => [value]))('%j is nowhere that we send anybody', (value) => {
    expect(safeReturnTo(value)).toBeUndefined();
  });

  it.each([
    ['/'],
    ['/invoices'],
    ['/invoices/42/'],
    ['/a-b_c.d~e/(f)!$&*+,;=:@g'],
    ['/invoices?q=a%20b&next=%2F%2Fevil.test'],
    ['/invoices?next=//elsewhere.test'],
    ['/invoices#row-3'],
    ['/r%C3%A9sum%C3%A9'],
    [`/${'a'.repeat(2047)}`],
  ])('%s is a page of this server, and stays as it is', (value) => {
    expect(safeReturnTo(value)).toBe(value);
  });

  it('whatever is let through leads a browser to this server', () => {
    const pieces = fc.constantFrom(
      '/',
      '\\',
      '.',
      '..',
      '%',
      '%2f',
      '%5c',
      '?',
      '#',
      '@',
      ':',
      'a',
      '\t',
      '\n',
    );
    const text = fc.array(fc.oneof(pieces, fc.string({ maxLength: 3 })), { maxLength: 8 });
    fc.assert(
      fc.property(text, (parts) => {
        const wanted = safeReturnTo(`/${parts.join('')}`);
        if (wanted === undefined) return;
        const { href, origin } = new URL(wanted, 'https://api.example.org/auth/form/login');
        expect(origin).toBe('https://api.example.org');
        expect(href).toBe(`https://api.example.org${wanted}`);
      }),
      { numRuns: 2000 },
    );
  });
});
