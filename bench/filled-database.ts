import { join } from 'node:path';
import { Client } from 'pg';
import { resolveAuthOptions } from '../src/options/resolve-options';
import { SecretKeys } from '../src/options/secret-keys';
import { familySecretDigest, newFamilySecret, RefreshTokens } from '../src/tokens/refresh-token';
import { BENCH_OPTIONS } from './workload';

/** How full the tables of a database are. */
export interface Filling {
  readonly accounts: number;
  readonly sessions: number;
}

/** Refresh tokens of sessions that were loaded, not opened: all of them share one family secret. */
export interface LoadedSessions {
  /** The refresh token of the n-th session in its first generation. */
  tokenOf(session: number): string;
}

const USER_AGENT = 'bench';
const SESSION_COLUMNS = `sessions (id, account_id, transport, secret_digest, account_epoch,
  idle_expires_at, absolute_expires_at, amr, auth_time, user_agent, user_agent_digest, ip)`;
const FIRST_ID = '018f0000-0000-7000-8000-';

/** The n-th id of ours, in SQL and here: version 7, in the order in which they would have been made. */
const idSql = (number: string) => `('${FIRST_ID}' || lpad(to_hex(${number}), 12, '0'))::uuid`;
const idOf = (number: number) => `${FIRST_ID}${number.toString(16).padStart(12, '0')}`;

/**
 * Loads accounts and live sessions by COPY, in binary form, from a file that the server wrote itself.
 */
export async function fillDatabase(
  databaseUrl: string,
  { accounts, sessions }: Filling,
): Promise<LoadedSessions> {
  const secret = newFamilySecret();
  const digest = familySecretDigest(secret).toString('hex');
  await onConnection(databaseUrl, async (client) => {
    // Foreign keys are checked row by row otherwise, and hold by construction.
    await client.query(`SET session_replication_role = replica`);
    await copy(client, 'accounts (id, email, email_key, email_verified_at)', {
      select: `${idSql('n')}, 'loaded-' || n || '@example.test', 'loaded-' || n || '@example.test', now()`,
      count: accounts,
    });
    await copy(client, SESSION_COLUMNS, {
      select: `${idSql('n')}, ${idSql(`1 + n % ${accounts}`)}, 'body', '\\x${digest}'::bytea, 1,
        now() + interval '10 days', now() + interval '30 days', '{pwd}'::text[], now(),
        '${USER_AGENT}', sha256('${USER_AGENT}'), '127.0.0.1'`,
      count: sessions,
    });
    await client.query(`VACUUM ANALYZE auth.accounts, auth.sessions`);
    await client.query(`CHECKPOINT`);
  });
  const options = resolveAuthOptions(BENCH_OPTIONS);
  const tokens = new RefreshTokens(new SecretKeys(options), options);
  return {
    tokenOf: (session) =>
      tokens.encode({ sessionId: idOf(session), familySecret: secret, counter: 0 }),
  };
}

async function copy(
  client: Client,
  columns: string,
  rows: { readonly select: string; readonly count: number },
): Promise<void> {
  const { rows: settings } = await client.query<{ data_directory: string }>('SHOW data_directory');
  const file = join(settings[0]!.data_directory, 'loaded.bin');
  await client.query(`COPY (SELECT ${rows.select} FROM generate_series(1, ${rows.count}) n)
    TO '${file}' (FORMAT binary)`);
  await client.query(`COPY auth.${columns} FROM '${file}' (FORMAT binary)`);
}

async function onConnection(
  databaseUrl: string,
  work: (client: Client) => Promise<void>,
): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
