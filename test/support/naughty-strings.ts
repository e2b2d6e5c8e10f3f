import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A few of our own, so that something is tested everywhere. */
const OWN = [
  '<b>&"\'',
  '</title><script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  'Ada\r\nBcc: victim@example.test',
  'Ada\nContent-Type: text/html\n\n<h1>hello</h1>',
  'Ada\r\n.\r\nMAIL FROM:<a@example.test>\r\n',
  '\r\n--boundary\r\n',
  '\u202egnp.exe\u202c \u2066isolated',
  '\u0000\u001b[31mred\u0007',
  'line\u2028separator\u2029',
  '=?utf-8?B?PGI+?=',
  '{{7*7}} ${7*7} <%= 7*7 %> #{7*7}',
  'javascript:alert(1)',
  '\ud800 half a character',
  'x'.repeat(10_000),
  '<'.repeat(10_000),
  '𝕬𝖉𝖆'.repeat(3000),
];

/** Texts that broke something somewhere: ours, and the Big List of Naughty Strings where it is present. */
export function naughtyStrings(): readonly string[] {
  const folder = process.env['TEST_VECTORS'];
  const file = folder === undefined ? undefined : join(folder, 'blns', 'blns.json');
  if (file === undefined || !existsSync(file)) {
    console.warn('ONLY OUR OWN NAUGHTY STRINGS ARE TESTED: TEST_VECTORS names no folder with blns');
    return OWN;
  }
  return [...OWN, ...(JSON.parse(readFileSync(file, 'utf8')) as string[])];
}
