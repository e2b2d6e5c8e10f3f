import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SecretStatus } from '../../src/keys/secret-uses.service';
import type { SigningKeyRecord } from '../../src/keys/signing-key-record';
import { SECRETS } from '../support/auth-options';
import { emptyDatabase, type TestDatabase } from '../support/database';
import { execute } from '../support/test-server';
import { record, type Recording } from './recording-terminal';

const TIME = String.raw`\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z`;

jest.setTimeout(60_000);

/** As a JSON document spells it. */
type Json<Value> = { [Key in keyof Value]: Value[Key] extends Date | null ? string : Value[Key] };

describe('the commands for keys and secrets', () => {
  let database: TestDatabase;
  let directory: string;

  beforeAll(async () => {
    database = await emptyDatabase();
    directory = mkdtempSync(join(tmpdir(), 'portcullis-key-commands-'));
    Object.assign(process.env, {
      NODE_ENV: 'test',
      DATABASE_URL: database.url,
      PORTCULLIS_DATA_DIRECTORY: directory,
      PORTCULLIS_SECRETS: SECRETS.first,
      BCRYPT_COST: '10',
    });
    expect(await run('migrate')).toMatchObject({ exitCode: 0 });
  });

  afterAll(async () => {
    rmSync(directory, { recursive: true });
    await database.drop();
  });

  function run(...args: readonly string[]): Promise<Recording> {
    return record(['--app', 'server/app.module.ts#AppModule', ...args]);
  }

  async function done(...args: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await run(...args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    return stdout;
  }

  async function keys(): Promise<readonly Json<SigningKeyRecord>[]> {
    return (JSON.parse(await done('keys:list', '--json')) as { keys: Json<SigningKeyRecord>[] })
      .keys;
  }

  async function secrets(...configured: string[]): Promise<readonly Json<SecretStatus>[]> {
    process.env['PORTCULLIS_SECRETS'] = configured.join();
    const { secrets: found } = JSON.parse(await done('secrets:status', '--json')) as {
      secrets: Json<SecretStatus>[];
    };
    return found;
  }

  it('list each key with its algorithm, its status and the time that matters', async () => {
    const [only] = await keys();
    expect(only).toMatchObject({ algorithm: 'ES256', status: 'current', retiredAt: null });
    expect(JSON.stringify(only)).not.toMatch(/sealed|private/i);
  });

  it('publish the next key, once, and say when it signs', async () => {
    const said = await done('keys:rotate');
    expect(said).toMatch(new RegExp(`^[\\w-]{43}  ES256  next     signs from ${TIME}\n$`));
    expect(await done('keys:rotate')).toBe(said);
  });

  it('let the next key sign at once where that is asked for, and say what it costs', async () => {
    const said = await done('keys:rotate', '--now');
    expect(said).toMatch(/current {2}signs since .+\n.+may refuse its tokens .+at most 300 s/);
    expect(await done('keys:list')).toMatch(new RegExp(`  retired  verifies until ${TIME}\n$`));
  });

  it('revoke a key, and another one signs', async () => {
    const [current] = await keys();
    const said = await done('keys:revoke', current!.kid);
    expect(said).toMatch(/ {2}revoked {2}signed until .+\n.+at most 300 s longer\.\n$/);
    const [made, revoked] = await keys();
    expect([made, revoked]).toMatchObject([
      { status: 'current' },
      { kid: current!.kid, status: 'revoked' },
    ]);
    const again = await run('keys:revoke', current!.kid, '--json');
    expect(again).toMatchObject({ exitCode: 1, stdout: '' });
    expect(JSON.parse(again.stderr)).toMatchObject({ error: { code: 'conflict' } });
    // The name of a key may begin with a dash.
    const unknown = await run('keys:revoke', `-${'k'.repeat(42)}`);
    expect(unknown).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/: not_found: /) });
    expect(await run('keys:revoke')).toMatchObject({ exitCode: 2 });
  });

  it('are on record, without an actor', async () => {
    const found = await execute(
      database.url,
      `SELECT action, count(*)::integer, count(actor_id)::integer AS actors FROM auth.audit_events
       WHERE action LIKE 'crypto_key%' GROUP BY action ORDER BY action`,
    );
    expect(found).toEqual([
      { action: 'crypto_key_activated', count: 1, actors: 0 },
      { action: 'crypto_key_created', count: 3, actors: 0 },
      { action: 'crypto_key_retired', count: 1, actors: 0 },
      { action: 'crypto_key_revoked', count: 1, actors: 0 },
    ]);
  });

  it('make the next key of the algorithm that is configured', async () => {
    process.env['SIGNING_ALGORITHM'] = 'PS256';
    try {
      const made = JSON.parse(await done('keys:rotate', '--json')) as Json<SigningKeyRecord>;
      expect(made).toMatchObject({ status: 'next', algorithm: 'PS256' });
      await done('keys:revoke', made.kid);
      process.env['SIGNING_ALGORITHM'] = 'none';
      const refused = await run('keys:list');
      expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
      expect(refused.stderr).toMatch(
        /SIGNING_ALGORITHM.*must be one of ES256, RS256, PS256, HS256/,
      );
    } finally {
      delete process.env['SIGNING_ALGORITHM'];
    }
  });

  it('say which secret may go, and never what it is', async () => {
    const [first] = await secrets(SECRETS.first);
    expect(first).toMatchObject({ verdict: 'current', signingKeys: 2, isUsedNow: true });
    expect(first!.fingerprint).toMatch(/^[0-9a-f]{8}$/);

    // Starting sealed the keys under the new one; an instance may still run with the old one first.
    const [second, old] = await secrets(SECRETS.second, SECRETS.first);
    expect(second).toMatchObject({ verdict: 'current', signingKeys: 2 });
    expect(old).toMatchObject({ ...first, verdict: 'needed', signingKeys: 0 });
    const text = await done('secrets:status');
    expect(text).toMatch(new RegExp(`^${second!.fingerprint}  secrets\\[0\\] +in use: seals 2 `));
    expect(text).toMatch(
      new RegExp(`^${old!.fingerprint}  secrets\\[1\\] +still needed: an instance used`, 'm'),
    );
    expect(text).not.toContain(SECRETS.first);
    expect(text).not.toContain(SECRETS.second);

    const age = (span: string) =>
      execute(
        database.url,
        `UPDATE auth.secret_uses SET first_used_at = first_used_at - interval '${span}',
           last_used_at = last_used_at - interval '${span}' WHERE fingerprint = '${old!.fingerprint}'`,
      );
    await age('1 hour');
    expect((await secrets(SECRETS.second, SECRETS.first))[1]).toMatchObject({ verdict: 'needed' });
    expect(await done('secrets:status')).toMatch(
      /, and the forms of open pages until \d{4}-\S+Z\n$/,
    );
    await age('1 day');
    expect((await secrets(SECRETS.second, SECRETS.first))[1]).toMatchObject({
      verdict: 'removable',
    });
    expect(await done('secrets:status')).toMatch(
      / may be removed: it protects nothing any more\n$/,
    );
    expect((await secrets(SECRETS.second)).map(({ verdict }) => verdict)).toEqual(['current']);
  });
});
