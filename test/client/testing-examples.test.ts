import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileFunction } from 'node:vm';
import type { AuthClient } from '@portcullis/client';
import * as testing from '@portcullis/client/testing';
import { complaintsOf, scriptOf } from '../support/compiled-example';

const README = join(__dirname, '..', '..', 'packages', 'client', 'README.md');

/** What the page shows of tests, each as a function: a page may await where a module of ours may not. */
function examples(): string[] {
  const page = readFileSync(README, 'utf8');
  return [...page.matchAll(/```ts\n(import [^\n]*client\/testing';)\n(.*?)```/gs)].map(
    ([, imports = '', rest = '']) =>
      `${imports}\nexport async function example() {\n${rest}\nreturn client;\n}\n`,
  );
}

async function run(example: string): Promise<AuthClient> {
  const exported: { example?: () => Promise<AuthClient> } = {};
  const load = compileFunction(scriptOf(example), ['require', 'exports']) as (
    ...given: readonly unknown[]
  ) => void;
  load(() => testing, exported);
  return exported.example!();
}

describe('the examples of "Testing your components"', () => {
  const [ofSessions = '', ofStepUp = ''] = examples();

  it.each([ofSessions, ofStepUp])(
    'compile',
    (example) => {
      expect(complaintsOf(example)).toEqual([]);
    },
    120_000,
  );

  it('do what they say', async () => {
    expect((await run(ofSessions)).getState()).toEqual({
      status: 'anonymous',
      reason: 'signed_out',
    });
    const client = await run(ofStepUp);
    expect(await client.listSessions()).toHaveLength(1);
    expect((await client.fetch('/invoices/7/approve', { method: 'POST' })).status).toBe(200);
  });
});
