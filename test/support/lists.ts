import type { Database } from '../../src/database/database';
import type { Page } from '../../src/database/page';

/** What no limit is (AD-4). */
export const NO_LIMITS: readonly unknown[] = [-1, 0, 101, 1e9, 1.5, NaN, Infinity, '10', null, {}];

/** What no cursor is: every one reaches SQL only as the parameter of a comparison, if at all (AD-3). */
export const NO_CURSORS: readonly unknown[] = [
  '',
  "'",
  '018f0000-0000-7000-8000-000000000000; SELECT 1',
  "018f0000-0000-7000-8000-000000000000' OR 'a' = 'a",
  '018F0000-0000-7000-8000-000000000000',
  null,
  {},
  ['018f0000-0000-7000-8000-000000000000'],
];

/** What no id is; as a filter it must match nothing, never everything (AD-5). */
export const NO_IDS: readonly unknown[] = [
  '',
  'null',
  'undefined',
  '%',
  "' OR true --",
  '018F0000-0000-7000-8000-000000000000',
  '{018f0000-0000-7000-8000-000000000000}',
  null,
  {},
  [],
  { id: null },
];

/** What PostgreSQL would refuse as text, or read as more than text. */
export const HOSTILE_TEXTS: readonly unknown[] = [
  "'",
  '"',
  ';--',
  "' OR true --",
  '\\',
  '\\%',
  '\0',
  'a\0',
  '\ud800',
  'x'.repeat(100_000),
  null,
  {},
  [],
];

/** Every item from the first page to the last; `between` runs after each page. */
export async function walk<Item>(
  pageAt: (cursor?: string) => Promise<Page<Item>>,
  between: () => Promise<unknown> = () => Promise.resolve(),
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await pageAt(cursor ?? undefined);
    items.push(...page.items);
    cursor = page.nextCursor;
    await between();
  } while (cursor !== null);
  return items;
}

/** How PostgreSQL would run each statement of some work, as the rows of EXPLAIN. */
export async function plansOf(database: Database, work: () => Promise<unknown>): Promise<string[]> {
  const spy = jest.spyOn(database, 'query');
  await work();
  const statements = spy.mock.calls.map(([sql, parameters]) => ({ sql, parameters }));
  spy.mockRestore();
  const plans: string[] = [];
  for (const { sql, parameters } of statements) {
    const rows = await database.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${sql}`, parameters);
    plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
  }
  return plans;
}
