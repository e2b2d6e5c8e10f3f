import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { complaintsOf } from '../../support/compiled-example';

const README = join(__dirname, '..', '..', '..', 'packages', 'client', 'README.md');

it('the pages of the README compile as they stand there', () => {
  const blocks = readFileSync(README, 'utf8').matchAll(/```tsx\n(.*?)```/gs);
  const pages = [...blocks].map(([, page = '']) => page);
  expect(pages).toHaveLength(1);
  for (const page of pages) expect(complaintsOf(page, { dom: true })).toEqual([]);
}, 120_000);
