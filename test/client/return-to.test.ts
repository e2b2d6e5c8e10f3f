import { safeReturnTo } from '@portcullis/client';

const ORIGIN = 'https://app.example.org';

const HOSTILE: readonly unknown[] = [
  undefined,
  null,
  7,
  {},
  [],
  '',
  '//evil.example',
  '///evil.example',
  '////evil.example',
  '/\\evil.example',
  '\\/evil.example',
  '\\\\evil.example',
  '/\\/evil.example',
  '\\evil.example',
  '/%5cevil.example',
  '/%5Cevil.example',
  '/%2f%2fevil.example',
  '/%2F%2Fevil.example',
  '/%09/evil.example',
  '/%0a/evil.example',
  '/%0d%0aLocation:%20https://evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '\t//evil.example',
  '\n//evil.example',
  ' //evil.example',
  '//evil.example ',
  '/ /evil.example',
  '\u00a0//evil.example',
  '\ufeff//evil.example',
  '\u2028//evil.example',
  '/\u2029/evil.example',
  '\u0000//evil.example',
  '/\u0000',
  '\u200b//evil.example',
  '/\u202eelpmaxe.live//',
  '\u00ad//evil.example',
  'https://evil.example',
  'https:evil.example',
  'https:/evil.example',
  'https:///evil.example',
  'http://evil.example',
  'http://app.example.org',
  'https://app.example.org.evil.example',
  'https://app.example.org@evil.example',
  'https://evil.example#@app.example.org',
  'https://evil.example?app.example.org',
  'https://evil.example/https://app.example.org',
  'https://user:pass@app.example.org/',
  'https://user@app.example.org/',
  'https://app.example.org:8443/',
  'https://app.example.org:80/',
  'https://app.example.org//evil.example',
  'https://app.example.org/%2f%2fevil.example',
  'https://xn--pp-ija.example.org/',
  'https://аpp.example.org/',
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'java\nscript:alert(1)',
  'java\tscript:alert(1)',
  ' javascript:alert(1)',
  'javascript://app.example.org/%0aalert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:x',
  'blob:https://app.example.org/1',
  'file:///etc/passwd',
  'ftp://app.example.org/',
  'mailto:a@example.org',
  'about:blank',
  'ws://app.example.org/',
  'intent://x',
  '/..//evil.example',
  '/.//evil.example',
  '/a/../..//evil.example',
  'https://[::1]/',
  'https://app.example.org\\@evil.example',
  `/${'a'.repeat(2048)}`,
  'http:',
  'https:',
];

describe('where to go after signing in', () => {
  it('is judged by more than sixty hostile values', () => {
    expect(HOSTILE.length).toBeGreaterThan(60);
  });

  it.each(HOSTILE.map((value) => [JSON.stringify(value), value]))(
    '45: is never %s',
    (_shown, value) => {
      expect(safeReturnTo(value, ORIGIN)).toBeUndefined();
    },
  );

  it.each([
    ['/', '/'],
    ['/invoices/7?page=2#total', '/invoices/7?page=2#total'],
    ['https://app.example.org/a?b=c', '/a?b=c'],
    ['/a//b', '/a//b'],
    ['/search?q=https://elsewhere.example/', '/search?q=https://elsewhere.example/'],
    ['/%C3%A9t%C3%A9', '/%C3%A9t%C3%A9'],
    ['?page=2', '/?page=2'],
    ['/a/../b', '/b'],
  ])('may be %s', (value, path) => {
    expect(safeReturnTo(value, ORIGIN)).toBe(path);
  });
});
