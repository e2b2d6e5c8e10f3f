import { Database } from '../../src/database/database';
import { DeliveryWorker } from '../../src/delivery/delivery-worker';
import { composeMail } from '../../src/delivery/compose-mail';
import { ageSession } from '../support/aged-sessions';
import { PASSWORD, startAuthApp, type AuthApp } from '../support/auth-app';
import { MailServer } from '../support/mail-server';
import { naughtyStrings } from '../support/naughty-strings';
import { outboxOf, sendDue } from '../support/outbox';
import { BodyClient, BrowserClient } from '../support/session-client';
import { until } from '../support/until';

const EMAIL = 'ada@example.test';
const FIREFOX =
  'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0 https://evil.example';
const HOUR = 3600;

describe('what people are told of', () => {
  let server: MailServer;
  let app: AuthApp;
  beforeAll(async () => {
    server = await MailServer.start();
    app = await startAuthApp({
      options: {
        delivery: {
          from: 'auth@example.org',
          smtpUrl: server.url,
          worker: false,
          accountUrl: 'https://app.example.org/account',
        },
      },
    });
  });
  afterAll(async () => {
    await app.close();
    await server.stop();
  });
  beforeEach(async () => {
    server.reset();
    for (const table of ['deliveries', 'delivery_windows', 'audit_events', 'accounts']) {
      await app.sql(`TRUNCATE auth.${table} CASCADE`);
    }
    await app.createAccount(EMAIL);
  });

  /** An account that has signed in before, an hour ago, and of nothing else. */
  async function signedInBefore(): Promise<BrowserClient> {
    const browser = new BrowserClient(app);
    await browser.login(EMAIL);
    await ageSession(app, browser.sessionId, HOUR);
    return browser;
  }

  const kinds = async () => (await outboxOf(app)).map(({ kind }) => kind);
  const login = (userAgent = FIREFOX) =>
    app
      .post('/auth/login', { email: EMAIL, password: PASSWORD, transport: 'body' })
      .set('User-Agent', userAgent);

  describe('a sign-in', () => {
    it('LG-12: from a device that is not known is told of, with when, what, from where and what to do', async () => {
      await signedInBefore();
      expect((await login()).status).toBe(200);
      expect(await kinds()).toEqual(['new_sign_in']);
      await sendDue(app);
      const [mail] = server.received;
      expect(mail).toMatchObject({ sender: 'auth@example.org', recipients: [EMAIL] });
      expect(mail!.headers.subject).toEqual(['New sign-in to api.example.org']);
      for (const body of [mail!.text, mail!.html]) {
        expect(body).toMatch(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/);
        expect(body).toContain('Firefox on Linux');
        expect(body).toContain('127.0.0.1');
        expect(body).toContain('https://app.example.org/account');
        expect(body).toContain('Change it now');
        expect(body).not.toContain('evil.example');
      }
    });

    it('is not told of the first time, nor when that first request is repeated', async () => {
      await login();
      await login();
      expect(await kinds()).toEqual([]);
    });

    it('from a device that is known is not told of', async () => {
      const browser = await signedInBefore();
      expect((await browser.login(EMAIL)).status).toBe(200);
      expect(await kinds()).toEqual([]);
    });

    it('with the device cookie of another account is told of', async () => {
      await signedInBefore();
      await app.createAccount('mallory@example.test');
      const browser = new BrowserClient(app);
      await browser.login('mallory@example.test');
      await browser.login(EMAIL);
      expect((await outboxOf(app)).map(({ recipient }) => recipient)).toEqual([EMAIL]);
    });

    it('is told of where only the audit or the age of the account knows of earlier ones', async () => {
      await login();
      await app.sql(`UPDATE auth.audit_events SET occurred_at = occurred_at - interval '1 day'`);
      await app.sql('DELETE FROM auth.sessions');
      await login();
      expect(await kinds()).toEqual(['new_sign_in']);

      await app.sql(
        'TRUNCATE auth.deliveries, auth.delivery_windows, auth.audit_events, auth.sessions',
      );
      await app.sql(`UPDATE auth.accounts SET created_at = created_at - interval '31 days'`);
      await login();
      expect(await kinds()).toEqual(['new_sign_in']);
    });

    it('that is refused is not told of', async () => {
      await signedInBefore();
      await app.post('/auth/login', { email: EMAIL, password: 'wrong', transport: 'body' });
      expect(await kinds()).toEqual([]);
    });

    it('F-35: is told of once when requests are repeated, also at the same moment', async () => {
      await signedInBefore();
      const answers = await Promise.all(Array.from({ length: 4 }, () => login()));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      expect(await kinds()).toEqual(['new_sign_in']);
    });

    it('RC-10: cannot be used to flood anybody, and is told of again when the window is over', async () => {
      await signedInBefore();
      for (let attempt = 0; attempt < 5; attempt += 1) await login();
      expect(await kinds()).toHaveLength(1);
      await app.sql(
        `UPDATE auth.delivery_windows SET opened_at = opened_at - interval '300 seconds'`,
      );
      await login();
      expect(await kinds()).toHaveLength(2);
    });
  });

  describe('the reuse of a refresh token', () => {
    async function reuse(): Promise<string> {
      const client = new BodyClient(app);
      await client.login(EMAIL);
      const stolen = client.refreshToken;
      await client.refresh();
      await client.refresh();
      await app.sql('TRUNCATE auth.deliveries');
      const response = await client.send(stolen, { 'User-Agent': 'curl/8.5.0' });
      expect(response.body.code).toBe('refresh_reused');
      return stolen;
    }

    it('is told of, and what was ended', async () => {
      await reuse();
      await sendDue(app);
      const [mail] = server.received;
      expect(mail!.headers.subject).toEqual([
        'A session at api.example.org was ended for your safety',
      ]);
      expect(mail!.text).toContain('Device: curl');
      expect(mail!.text).toContain('Sign in again');
    });

    it('F-35: is told of once, however often the token comes back', async () => {
      const client = new BodyClient(app);
      await client.login(EMAIL);
      const stolen = client.refreshToken;
      await client.refresh();
      await client.refresh();
      await Promise.all(Array.from({ length: 8 }, () => client.send(stolen)));
      expect(await kinds()).toEqual(['refresh_reused']);
    });

    it('is the only refusal that is told of', async () => {
      const client = new BodyClient(app);
      await client.login(EMAIL);
      const first = client.refreshToken;
      await client.refresh();
      await client.send(first);
      await client.logout();
      await client.refresh();
      expect(await kinds()).toEqual([]);
    });

    it('RC-4: leaves no token in the table or the mail', async () => {
      const stolen = await reuse();
      const [row] = await app.sql<{ text: string }>(
        'SELECT d::text AS text FROM auth.deliveries d',
      );
      await sendDue(app);
      for (const text of [row!.text, server.received[0]!.raw, server.received[0]!.html]) {
        expect(text.length).toBeGreaterThan(100);
        expect(text).not.toContain(stolen);
        expect(text).not.toContain(stolen.slice(0, 20));
      }
    });
  });

  it.each([
    ['Ada Lovelace', 'Hello Ada Lovelace,'],
    ['Dr. No', 'Hello Dr. No,'],
    ['Win at evil.example', 'Hello,'],
    ['https://evil.example', 'Hello,'],
    ['call mallory@example.test', 'Hello,'],
  ])('HT-11: greets %j by %j: a greeting is nobody’s link', async (name, greeting) => {
    await signedInBefore();
    await app.sql('UPDATE auth.accounts SET display_name = $1', [name]);
    await login();
    await sendDue(app);
    expect(server.received[0]!.text.split('\n')[0]).toBe(greeting);
  });

  it('HT-9, HT-11: names nobody in a way that breaks out of its place', async () => {
    const account = await signedInBefore();
    expect(account.sessionId).not.toBe('');
    for (const name of naughtyStrings().slice(0, 60)) {
      // PostgreSQL stores neither; what a name may be is checked elsewhere, and not trusted here.
      const stored = Buffer.from(name.replaceAll('\0', '')).toString();
      await app.sql('UPDATE auth.accounts SET display_name = $1', [stored]);
      await app.sql('TRUNCATE auth.deliveries, auth.delivery_windows');
      await login(`Naughty/1.0 ${stored.replace(/[^\x20-\x7e]/g, '').slice(0, 500)}`);
      expect(await kinds()).toEqual(['new_sign_in']);
      await sendDue(app);
      const mail = server.received.at(-1)!;
      expect(mail.recipients).toEqual([EMAIL]);
      expect(mail.text).toMatch(/^Hello(?: .{1,100})?,\n\n/u);
      expect(mail.html.match(/<p>/g)).toHaveLength(6);
      expect(mail.html).not.toMatch(/<(?:b|img|script|h1)\b/);
      expect(mail.text).toContain('Device: Naughty');
    }
  }, 120_000);

  it('costs no statement more: two for a sign-in, one for a refresh, two for a reuse', async () => {
    await signedInBefore();
    const client = new BodyClient(app);
    await client.login(EMAIL);
    await app.sql('TRUNCATE auth.deliveries, auth.delivery_windows');
    const statements = jest.spyOn(Database.prototype, 'query');
    const during = async (work: () => Promise<unknown>) => {
      statements.mockClear();
      await work();
      return statements.mock.calls.length;
    };
    const stolen = client.refreshToken;
    const counts = {
      login: await during(() => login()),
      refresh: await during(() => client.refresh()),
      again: await during(() => client.refresh()),
      reuse: await during(() => client.send(stolen)),
    };
    statements.mockRestore();
    expect(counts).toEqual({ login: 2, refresh: 1, again: 1, reuse: 2 });
    expect(await kinds()).toEqual(['new_sign_in', 'refresh_reused']);
  });

  it('F-32: a mail server that hangs slows nobody down, and needs no statement more', async () => {
    await signedInBefore();
    server.mood = { kind: 'hang', at: 'greeting' };
    const worker = app.nest.get(DeliveryWorker, { strict: false });
    const startedAt = performance.now();
    expect((await login()).status).toBe(200);
    const first = performance.now() - startedAt;
    await worker.look();
    await until('a mail hangs', () => server.stalled === 1);
    await app.sql('TRUNCATE auth.delivery_windows');
    const again = performance.now();
    expect((await login()).status).toBe(200);
    expect(performance.now() - again).toBeLessThan(first * 10 + 1000);
    expect(await kinds()).toHaveLength(2);
    await server.stop();
    server = await MailServer.start({}, 0);
    await until('nothing is being sent', () => worker.sending === 0);
  });
});

describe('a team', () => {
  it('chooses its own words, in the language of the person', async () => {
    const server = await MailServer.start();
    const app = await startAuthApp({
      options: {
        delivery: {
          from: 'Beispiel <auth@example.org>',
          smtpUrl: server.url,
          worker: false,
          applicationName: 'Beispiel',
          renderers: {
            new_sign_in: ({ device, applicationName }) =>
              composeMail({
                language: 'de',
                subject: `Neue Anmeldung bei ${applicationName}`,
                greeting: 'Grüß Gott,',
                paragraphs: ['Jemand hat sich angemeldet.'],
                facts: [{ label: 'Gerät', value: device }],
                advice: ['Waren Sie das nicht? Ändern Sie Ihr Passwort.'],
              }),
          },
        },
      },
    });
    await app.createAccount(EMAIL);
    const client = new BodyClient(app);
    await client.login(EMAIL);
    await ageSession(app, client.sessionId, HOUR);
    await client.login(EMAIL);
    await sendDue(app);
    const [mail] = server.received;
    expect(mail!.headers.subject).toEqual(['Neue Anmeldung bei Beispiel']);
    expect(mail!.text).toContain('Grüß Gott,\n\nJemand hat sich angemeldet.');
    expect(mail!.html).toContain('<html lang="de">');
    await app.close();
    await server.stop();
  });

  it('that wants no mail has none written down', async () => {
    const app = await startAuthApp();
    await app.createAccount(EMAIL);
    const client = new BodyClient(app);
    await client.login(EMAIL);
    await ageSession(app, client.sessionId, HOUR);
    await client.login(EMAIL);
    expect(await outboxOf(app)).toEqual([]);
    await app.close();
  });
});
