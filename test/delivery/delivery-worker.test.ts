import { DeliveriesRepository } from '../../src/delivery/deliveries.repository';
import { DeliveryWorker } from '../../src/delivery/delivery-worker';
import type { DeliveryOptions } from '../../src/options/delivery-options';
import type { Message, MessageSender } from '../../src/options/message-sender';
import { startAuthApp, type AuthApp } from '../support/auth-app';
import { MailServer } from '../support/mail-server';
import { makeDue, outboxOf, sendDue, writeMails } from '../support/outbox';
import { until } from '../support/until';

const FROM = 'Example <auth@example.org>';

/** The worker looks only when a test says so. */
function start(options: Partial<DeliveryOptions>, database?: AuthApp['database']) {
  return startAuthApp({
    database,
    options: { delivery: { from: FROM, worker: false, ...options } },
  });
}

describe('the worker of the outbox', () => {
  let server: MailServer;
  let app: AuthApp;
  beforeAll(async () => {
    server = await MailServer.start();
    app = await start({ smtpUrl: server.url, maxAttempts: 3, firstRetrySeconds: 100 });
  });
  afterAll(async () => {
    await app.close();
    await server.stop();
  });
  beforeEach(async () => {
    server.reset();
    await app.sql('TRUNCATE auth.deliveries');
  });

  const only = async () => (await outboxOf(app))[0]!;

  it('sends what waits, once, and forgets whom and what it was about', async () => {
    await writeMails(app, 'ada@example.test', 'grace@example.test');
    await sendDue(app);
    await makeDue(app);
    await sendDue(app);
    expect(server.received.flatMap(({ recipients }) => recipients).sort()).toEqual([
      'ada@example.test',
      'grace@example.test',
    ]);
    for (const row of await outboxOf(app)) {
      expect(row).toMatchObject({ status: 'sent', recipient: null, details: {}, attempts: 1 });
    }
  });

  it('F-32: tries again what a server put off, later and later, under the same Message-ID', async () => {
    await writeMails(app, 'ada@example.test');
    server.mood = { kind: 'refuse', at: 'data', code: 451 };
    await sendDue(app);
    const first = await only();
    expect(first).toMatchObject({ status: 'pending', attempts: 1, last_error: '451 DATA' });
    expect(first.due_in).toBeGreaterThan(45);
    expect(first.due_in).toBeLessThanOrEqual(100);

    await sendDue(app);
    expect((await only()).attempts).toBe(1);

    await makeDue(app);
    await sendDue(app);
    const second = await only();
    expect(second.attempts).toBe(2);
    expect(second.due_in).toBeGreaterThan(95);
    expect(second.due_in).toBeLessThanOrEqual(200);

    server.mood = { kind: 'accept' };
    await makeDue(app);
    await sendDue(app);
    expect(await only()).toMatchObject({ status: 'sent', attempts: 3, last_error: null });
    expect(server.received).toHaveLength(1);
    expect(server.received[0]!.headers['message-id']).toEqual([
      `<${first.id}.portcullis@example.org>`,
    ]);
  });

  it('F-32: gives up after the last attempt, and keeps what it was', async () => {
    await writeMails(app, 'ada@example.test');
    server.mood = { kind: 'refuse', at: 'rcpt', code: 450 };
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await makeDue(app);
      await sendDue(app);
    }
    expect(await only()).toMatchObject({
      status: 'failed',
      recipient: 'ada@example.test',
      attempts: 3,
      last_error: '450 RCPT TO',
    });
    expect(server.connections).toBe(3);
  });

  it('gives up at once what is refused for good', async () => {
    await writeMails(app, 'nobody@example.test');
    server.mood = { kind: 'refuse', at: 'rcpt', code: 550 };
    await sendDue(app);
    expect(await only()).toMatchObject({
      status: 'failed',
      attempts: 1,
      last_error: '550 RCPT TO',
    });
  });

  it.each(['a@example.test,b@example.test', '<b@example.test>', 'a@example.test\r\nBcc: b@c.test'])(
    'RC-13: opens no connection for %j, which is not one recipient',
    async (recipient) => {
      await writeMails(app, recipient);
      await sendDue(app);
      expect(await only()).toMatchObject({ status: 'failed', last_error: 'recipient' });
      expect(server.connections).toBe(0);
    },
  );

  it('F-32: loses nothing where a server goes away after the message, and repeats the Message-ID', async () => {
    await writeMails(app, 'ada@example.test');
    server.mood = { kind: 'cut', kept: true };
    await sendDue(app);
    expect(server.arrived).toBe(1);
    expect(await only()).toMatchObject({ status: 'pending', attempts: 1 });
    server.mood = { kind: 'accept' };
    await makeDue(app);
    await sendDue(app);
    // SMTP cannot tell whether the first one was kept; the reader's software can.
    expect(server.received).toHaveLength(2);
    const ids = server.received.map(({ headers }) => headers['message-id']![0]);
    expect(new Set(ids).size).toBe(1);
  });

  it('puts off a kind that only a newer version knows', async () => {
    await writeMails(app, 'ada@example.test');
    await app.sql(`UPDATE auth.deliveries SET kind = 'from_the_future'`);
    await sendDue(app);
    expect(await only()).toMatchObject({ status: 'pending', attempts: 1 });
  });

  it('a claim that was overtaken decides nothing any more, but a mail that left stays sent', async () => {
    await writeMails(app, 'ada@example.test');
    const deliveries = app.nest.get(DeliveriesRepository, { strict: false });
    const [first] = (await deliveries.claim(1, 30, 10)).claimed;
    await makeDue(app);
    const [second] = (await deliveries.claim(1, 30, 10)).claimed;
    expect([first!.attempt, second!.attempt]).toEqual([1, 2]);
    expect(await deliveries.failed(first!, 'late')).toBe(false);
    expect(await deliveries.again(first!, 'late')).toBe(false);
    await deliveries.sent(first!.id);
    expect((await only()).status).toBe('sent');
    expect(await deliveries.again(second!, 'later')).toBe(false);
  });

  it('a mail whose every attempt ended without a word is given up in the end', async () => {
    await writeMails(app, 'ada@example.test');
    const deliveries = app.nest.get(DeliveriesRepository, { strict: false });
    for (let death = 0; death < 3; death += 1) {
      await deliveries.claim(1, 30, 3);
      await makeDue(app);
    }
    await sendDue(app);
    expect(await only()).toMatchObject({ status: 'failed', attempts: 3, last_error: 'abandoned' });
    expect(server.connections).toBe(0);
  });

  it('hands each mail to one of many that ask at once', async () => {
    await writeMails(app, ...Array.from({ length: 30 }, (_, index) => `person-${index}@a.test`));
    const deliveries = app.nest.get(DeliveriesRepository, { strict: false });
    const claims = await Promise.all(
      Array.from({ length: 10 }, () => deliveries.claim(30, 30, 10)),
    );
    const taken = claims.flatMap(({ claimed }) => claimed.map(({ id }) => id));
    expect(taken).toHaveLength(30);
    expect(new Set(taken).size).toBe(30);
  });

  it('passes by what another instance is just taking, without a wait', async () => {
    await writeMails(app, 'ada@example.test', 'grace@example.test');
    const deliveries = app.nest.get(DeliveriesRepository, { strict: false });
    const other = app.dataSource.createQueryRunner();
    await other.startTransaction();
    await other.query(
      `SELECT FROM auth.deliveries WHERE recipient = 'ada@example.test' FOR NO KEY UPDATE`,
    );
    const claim = deliveries.claim(5, 30, 10);
    const first = await Promise.race([
      claim,
      new Promise<'waits'>((late) => setTimeout(() => late('waits'), 3000)),
    ]);
    await other.rollbackTransaction();
    await other.release();
    await claim;
    expect(first).toMatchObject({ claimed: [{ recipient: 'grace@example.test' }] });
  });

  it('says how much waits, and since when', async () => {
    const deliveries = app.nest.get(DeliveriesRepository, { strict: false });
    expect(await deliveries.backlog()).toEqual({ pending: 0, oldestSeconds: 0 });
    await writeMails(app, 'ada@example.test', 'grace@example.test');
    await app.sql(`UPDATE auth.deliveries SET created_at = created_at - interval '1 hour'`);
    const backlog = await deliveries.backlog();
    expect(backlog.pending).toBe(2);
    expect(backlog.oldestSeconds).toBeGreaterThanOrEqual(3600);
  });
});

describe('several workers', () => {
  let server: MailServer;
  beforeAll(async () => {
    server = await MailServer.start();
  });
  afterAll(() => server.stop());
  beforeEach(() => server.reset());

  it('share the work, and send each mail once', async () => {
    const options = { smtpUrl: server.url, concurrency: 5, worker: true, pollMilliseconds: 100 };
    const first = await start(options);
    const second = await start(options, first.database);
    const recipients = Array.from({ length: 60 }, (_, index) => `person-${index}@example.test`);
    await writeMails(first, ...recipients);
    await until('all are sent', async () =>
      (await outboxOf(first)).every(({ status }) => status === 'sent'),
    );
    await second.close();
    await first.close();
    const reached = server.received.flatMap((mail) => mail.recipients);
    expect(reached.sort()).toEqual(recipients.sort());
  });

  it('F-32: never send more at once than they may, and a server that hangs holds nothing else up', async () => {
    const sender = new HalfHanging();
    const app = await start({ sender, concurrency: 3, timeoutSeconds: 1, maxAttempts: 1 });
    await writeMails(app, 'hanging-1@a.test', 'hanging-2@a.test');
    await writeMails(app, ...Array.from({ length: 20 }, (_, index) => `person-${index}@a.test`));
    const worker = app.nest.get(DeliveryWorker, { strict: false });
    await until('all were tried', async () => {
      await worker.look();
      return worker.sending === 0 && sender.most > 0;
    });
    expect(sender.most).toBe(3);
    const rows = await outboxOf(app);
    expect(rows.filter(({ status }) => status === 'sent')).toHaveLength(20);
    expect(rows.filter(({ last_error }) => last_error === 'ETIMEDOUT')).toHaveLength(2);
    await app.close();
  });

  it('F-32: note what they sent once the database is back, and send it no second time', async () => {
    let carried = 0;
    const sender: MessageSender = {
      async send() {
        carried += 1;
        await app.sql('ALTER TABLE auth.deliveries RENAME TO away');
        setTimeout(() => void app.sql('ALTER TABLE auth.away RENAME TO deliveries'), 600);
      },
    };
    const app = await start({ sender });
    await writeMails(app, 'ada@example.test');
    await sendDue(app);
    await makeDue(app);
    await sendDue(app);
    expect(carried).toBe(1);
    expect((await outboxOf(app))[0]!.status).toBe('sent');
    await app.close();
  });

  it('F-30: leave within moments, and what they held is due at once for those who stay', async () => {
    const app = await start({ smtpUrl: server.url, timeoutSeconds: 300 });
    const other = await start({ smtpUrl: server.url }, app.database);
    server.mood = { kind: 'hang', at: 'data' };
    await writeMails(app, 'ada@example.test');
    await app.nest.get(DeliveryWorker, { strict: false }).look();
    await until('a mail hangs', () => server.stalled === 1);
    const startedAt = performance.now();
    await app.nest.close();
    expect(performance.now() - startedAt).toBeLessThan(6000);
    server.mood = { kind: 'accept' };
    await sendDue(other);
    expect(server.received).toHaveLength(1);
    expect((await outboxOf(other))[0]!.status).toBe('sent');
    await other.close();
    await app.database.drop();
  });
});

/** Hangs for some recipients, whatever the signal says. */
class HalfHanging implements MessageSender {
  most = 0;
  #now = 0;

  async send({ to }: Message, signal: AbortSignal): Promise<void> {
    this.#now += 1;
    this.most = Math.max(this.most, this.#now);
    if (to.startsWith('hanging')) {
      signal.addEventListener('abort', () => (this.#now -= 1));
      return new Promise(() => undefined);
    }
    await new Promise((soon) => setTimeout(soon, 10));
    this.#now -= 1;
  }
}
