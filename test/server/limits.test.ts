import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { dataSourceOptions } from '../../server/database/server-data-source';
import { readEnvironment } from '../../server/env';

const NAMES = [
  'connectTimeoutMS',
  'lock_timeout',
  'statement_timeout',
  'query_timeout',
  'idle_in_transaction_session_timeout',
];

function limitsBehind(pooler: 'none' | 'transaction'): Record<string, unknown> {
  const environment = readEnvironment({
    NODE_ENV: 'test',
    DATABASE_URL: 'postgres://app@127.0.0.1/app',
    DATABASE_POOLER: pooler,
    ...(pooler === 'transaction'
      ? { DATABASE_LISTEN_URL: 'postgres://app@127.0.0.1:5433/app' }
      : {}),
  });
  const { connectTimeoutMS, extra } = dataSourceOptions(environment);
  return { connectTimeoutMS, ...(extra as Record<string, unknown>) };
}

describe('the limits of the database', () => {
  it('FS-4: are those of docs/failures.md', () => {
    const page = readFileSync(resolve('docs/failures.md'), 'utf8');
    const documented = NAMES.map((name) => [
      name,
      Number(new RegExp(`\`${name}: (\\d+)\``).exec(page)?.[1]),
    ]);
    expect(limitsBehind('none')).toEqual(Object.fromEntries(documented));
  });

  it('FS-4: behind a pooler are those that it does not refuse', () => {
    expect(limitsBehind('transaction')).toEqual({ connectTimeoutMS: 2000, query_timeout: 7000 });
  });

  it('FS-4: give up on a silent server later than PostgreSQL gives up on a statement', () => {
    const limits = limitsBehind('none');
    expect(limits['query_timeout']).toBeGreaterThan(Number(limits['statement_timeout']));
  });
});
