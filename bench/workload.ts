import type { AuthOptions } from '../src/options/auth-options';

export const PASSWORD = 'a pass phrase of the bench 1';
export const POOL_SIZE = 10;
export const CONNECTIONS = 16;
export const ROUNDS = 5;
export const ROUND_SECONDS = 4;

/** One account a connection, so that no two wait for one row. */
export const ACCOUNTS = Array.from({ length: CONNECTIONS }, (_, n) => `bench-${n}@example.test`);

export type HttpAdapterName = 'express' | 'fastify';

/** Where the accounts hold a role of the database. */
export const TENANT_ID = '018f0000-0000-7000-8000-00000000be4c';

/** The defaults, with tenants, and every limit out of the way: what is measured is the work, not the refusal. */
export const BENCH_OPTIONS: AuthOptions = {
  issuer: 'http://localhost:3000',
  tenancy: { source: 'header' },
  secrets: ['bench-2b7e151628aed2a6abf7158809cf4f3c'],
  passwordPeppers: [{ version: 1, secret: 'bench-3ad77bb40d7a3660a89ecaf32466ef97' }],
  passwords: { hashQueuePerSource: 1000, hashQueueLimit: 1000, hashWaitSeconds: 60 },
  throttling: {
    login: { limit: 1_000_000_000 },
    refresh: { limit: 1_000_000_000 },
    pages: { limit: 1_000_000_000 },
    account: { limit: 1_000_000_000 },
    application: { limit: 1_000_000_000 },
  },
  guessing: { sourceCap: 1_000_000_000 },
};
