import { Client } from 'pg';
import { newId } from '../../src/database/identifiers';
import { emptyDatabase, type TestDatabase } from '../support/database';
import { MailServer } from '../support/mail-server';
import { startServerProcess } from '../support/server-process';
import { until } from '../support/until';

interface Row {
  readonly status: string;
  readonly attempts: number;
  readonly held: boolean;
}

describe('a process that sends mails', () => {
  let database: TestDatabase;
  let client: Client;
  let mails: MailServer;
  beforeAll(async () => {
    database = await emptyDatabase();
    client = new Client({ connectionString: database.url });
    await client.connect();
    mails = await MailServer.start();
  });
  afterAll(async () => {
    await mails.stop();
    await client.end();
    await database.drop();
  });

  const start = () =>
    startServerProcess(database.url, { SMTP_URL: mails.url, MAIL_FROM: 'auth@example.org' });
  const row = async () => {
    const { rows } = await client.query<Row>(
      'SELECT status, attempts, due_at > clock_timestamp() AS held FROM auth.deliveries',
    );
    return rows[0];
  };

  it('F-32: that is killed while it sends loses nothing: another sends it when the lease is over', async () => {
    const killed = await start();
    mails.mood = { kind: 'hang', at: 'data' };
    await client.query(
      `INSERT INTO auth.deliveries (id, kind, account_id, recipient)
       VALUES ($1, 'new_sign_in', $2, 'ada@example.test')`,
      [newId(), newId()],
    );
    await until('a mail hangs', () => mails.stalled === 1);
    process.kill(killed.pid, 'SIGKILL');
    await killed.stop();
    expect(await row()).toEqual({ status: 'pending', attempts: 1, held: true });

    mails.mood = { kind: 'accept' };
    const other = await start();
    await client.query(`UPDATE auth.deliveries SET due_at = clock_timestamp()`);
    await until('it is sent', async () => (await row())?.status === 'sent');
    expect(await row()).toMatchObject({ attempts: 2 });
    expect(mails.received.map(({ recipients }) => recipients)).toEqual([['ada@example.test']]);
    expect(await other.stop()).toBe(0);
  }, 90_000);
});
