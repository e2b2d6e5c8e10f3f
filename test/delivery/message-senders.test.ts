import { createServer } from 'node:net';
import { Logger } from '@nestjs/common';
import { MessageRefusedError } from '../../src/delivery/delivery.errors';
import { LogMessageSender } from '../../src/delivery/log-message-sender';
import { failureOf, SmtpMessageSender } from '../../src/delivery/smtp-message-sender';
import { OptionReader } from '../../src/options/option-reader';
import { readSmtpUrl } from '../../src/options/smtp-url';
import { MailServer, type MailServerMood } from '../support/mail-server';
import { naughtyStrings } from '../support/naughty-strings';
import { describeMessageSender, MESSAGE } from './sender-contract';

function senderTo(url: string): SmtpMessageSender {
  const reader = new OptionReader();
  const server = readSmtpUrl(reader, url);
  reader.finish();
  return new SmtpMessageSender(server!);
}

const patient = () => AbortSignal.timeout(10_000);

describeMessageSender('SMTP', async () => {
  const server = await MailServer.start();
  return {
    sender: senderTo(server.url),
    carried: () => server.received.map(({ recipients, text }) => ({ to: recipients[0]!, text })),
    close: () => server.stop(),
  };
});

describeMessageSender('the log', () => {
  const lines: { to: string; text: string }[] = [];
  const written = jest.spyOn(Logger.prototype, 'log').mockImplementation((line: string) => {
    lines.push(JSON.parse(line) as (typeof lines)[0]);
  });
  return {
    sender: new LogMessageSender(),
    carried: () => lines,
    close: async () => {
      await Promise.resolve();
      written.mockRestore();
    },
  };
});

describe('the sender over SMTP', () => {
  let server: MailServer;
  beforeAll(async () => {
    server = await MailServer.start();
  });
  afterAll(() => server.stop());
  beforeEach(() => server.reset());

  const failure = (mood: MailServerMood, signal = patient()): Promise<unknown> => {
    server.mood = mood;
    return senderTo(server.url)
      .send(MESSAGE, signal)
      .then(
        () => 'sent',
        (error: unknown) => error,
      );
  };

  it('names itself in the envelope, and the message as no answering machine should answer it', async () => {
    await senderTo(server.url).send(MESSAGE, patient());
    const [mail] = server.received;
    expect(mail).toMatchObject({ sender: 'auth@example.org', recipients: ['ada@example.test'] });
    expect(mail?.headers).toMatchObject({
      from: ['Example <auth@example.org>'],
      to: ['ada@example.test'],
      subject: ['New sign-in'],
      'message-id': [MESSAGE.messageId],
      'auto-submitted': ['auto-generated'],
    });
    expect(mail?.html).toContain('<p>Hello Ada,</p>');
  });

  it.each([
    [{ kind: 'refuse', at: 'rcpt', code: 550 }, '550 RCPT TO'],
    [{ kind: 'refuse', at: 'data', code: 554 }, '554 DATA'],
  ] as const)('takes %j for good', async (mood, reason) => {
    const error = await failure(mood);
    expect(error).toBeInstanceOf(MessageRefusedError);
    expect((error as MessageRefusedError).reason).toBe(reason);
  });

  it.each([
    [{ kind: 'refuse', at: 'greeting', code: 421 }, /^421|ECONNECTION/],
    [{ kind: 'refuse', at: 'greeting', code: 554 }, /^554|ECONNECTION/],
    [{ kind: 'refuse', at: 'mail', code: 451 }, /^451 /],
    [{ kind: 'refuse', at: 'mail', code: 530 }, /^530 /],
    [{ kind: 'refuse', at: 'rcpt', code: 450 }, /^450 /],
    [{ kind: 'refuse', at: 'rcpt', code: 530 }, /^530 /],
    [{ kind: 'refuse', at: 'data', code: 451 }, /^451 /],
    [{ kind: 'cut', kept: false }, /^ECONNE/],
  ] as const)('takes %j as "later", and says it in few words', async (mood, reason) => {
    const error = await failure(mood);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(MessageRefusedError);
    expect(failureOf(error)).toMatch(reason);
    expect(failureOf(error)).not.toContain('text of the server');
  });

  it.each(['greeting', 'mail', 'rcpt', 'data'] as const)(
    'F-32: lets go of a server that hangs at %s when the time is over',
    async (at) => {
      const controller = new AbortController();
      const reason = new Error('the time is over');
      const failed = failure({ kind: 'hang', at }, controller.signal);
      while (server.stalled === 0) await new Promise((tick) => setTimeout(tick, 5));
      controller.abort(reason);
      expect(await failed).toBe(reason);
      expect(server.received).toEqual([]);
    },
  );

  it('F-32: fails at once where nobody listens', async () => {
    const gone = await MailServer.start();
    const { url } = gone;
    await gone.stop();
    const error = await senderTo(url)
      .send(MESSAGE, patient())
      .catch((refused: unknown) => refused);
    expect(failureOf(error)).toMatch(/^ECONNREFUSED/);
  });

  it('signs in with the credentials of its URL, percent-decoded', async () => {
    const sender = senderTo(server.url.replace('//', '//mailer:p%40ss%3Aword@'));
    await sender.send(MESSAGE, patient());
    expect(server.passwords).toEqual(['p@ss:word']);
    expect(server.received).toHaveLength(1);
  });

  it('sends nothing in the clear to a server that is not this machine', async () => {
    const clear = new SmtpMessageSender({ host: '127.0.0.1', port: server.port, tls: 'starttls' });
    const error = await clear.send(MESSAGE, patient()).catch((refused: unknown) => refused);
    expect(error).toBeInstanceOf(Error);
    expect([server.connections, server.arrived]).toEqual([1, 0]);
  });

  it('trusts no certificate that nobody vouches for', async () => {
    const secured = await MailServer.start({ secure: true });
    const sender = senderTo(`smtps://127.0.0.1:${secured.port}`);
    const error = await sender.send(MESSAGE, patient()).catch((refused: unknown) => refused);
    await secured.stop();
    expect(String(error)).toMatch(/self-signed|certificate/);
  });

  it('gives up on what answers, but speaks no SMTP', async () => {
    const web = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((done) => web.listen(0, '127.0.0.1', done));
    const { port } = web.address() as { port: number };
    const error = await senderTo(`smtp://127.0.0.1:${port}`)
      .send(MESSAGE, patient())
      .catch((refused: unknown) => refused);
    web.close();
    expect(error).toBeInstanceOf(Error);
  });

  it('HT-9, RC-13: writes no header and no recipient that somebody put into a text', async () => {
    await senderTo(server.url).send(MESSAGE, patient());
    const names = Object.keys(server.received[0]!.headers);
    const sender = senderTo(server.url);
    const strings = [...naughtyStrings()];
    while (strings.length > 0) {
      const mails = strings
        .splice(0, 25)
        .map((text) => ({ ...MESSAGE, subject: text, text, html: text }));
      await Promise.all(mails.map((mail) => sender.send(mail, patient())));
    }
    expect(server.received.length).toBeGreaterThan(10);
    for (const { headers, recipients } of server.received) {
      expect(recipients).toEqual(['ada@example.test']);
      // A text without a single letter may leave a part or the subject out.
      expect(names).toEqual(expect.arrayContaining(Object.keys(headers)));
      for (const values of Object.values(headers)) expect(values).toHaveLength(1);
    }
  }, 120_000);
});
