import { ConfigurationError } from '../../src/errors/configuration-error';
import { testOptions } from '../support/auth-options';

const SENDER = { send: () => Promise.resolve() };
const BASE = { from: 'auth@example.org', smtpUrl: 'smtps://mail.example.org' };

function delivery(options: Readonly<Record<string, unknown>>) {
  return testOptions({ delivery: { ...BASE, ...options } }).delivery;
}

function refusal(options: Readonly<Record<string, unknown>>): ConfigurationError {
  try {
    delivery(options);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
  }
  throw new Error('The options were accepted');
}

describe('the options of delivery', () => {
  it('are absent where nothing shall be sent', () => {
    expect(testOptions().delivery).toBeUndefined();
  });

  it.each([
    ['smtps://mail.example.org', { host: 'mail.example.org', port: 465, tls: 'implicit' }],
    ['smtp://mail.example.org', { host: 'mail.example.org', port: 587, tls: 'starttls' }],
    ['smtp://mail.example.org:2525/', { port: 2525, tls: 'starttls' }],
    ['smtp://localhost:1025', { host: 'localhost', port: 1025, tls: 'none' }],
    ['smtp://127.0.0.1', { tls: 'none' }],
    ['smtp://[::1]:25', { host: '::1', tls: 'none' }],
    ['smtp://localhost.example.org', { tls: 'starttls' }],
    ['smtps://a%40b:p%3A%2F@mail.test', { credentials: { user: 'a@b', pass: 'p:/' } }],
  ])('read the server of %s', (smtpUrl, server) => {
    expect(delivery({ smtpUrl })?.smtp).toMatchObject(server);
  });

  it.each([
    'mail.example.org',
    'https://mail.example.org',
    'smtp://',
    'smtp://:only-a-password@mail.test',
    'smtps://u:canary%ZZ@mail.test',
    'smtps://u:canary@mail.test?tls.rejectUnauthorized=false',
    'smtps://u:canary@mail.test/path',
    'smtps://u:canary@mail.test#x',
    5,
  ])('CR-4: refuse %s without showing the password in it', (smtpUrl) => {
    const error = refusal({ smtpUrl });
    expect(error.problems.map(({ option }) => option)).toEqual(['delivery.smtpUrl']);
    expect(error.message).not.toContain('canary');
    expect(error.message).not.toContain('only-a-password');
  });

  it('take one thing that carries mails, and not two or none', () => {
    expect(delivery({ smtpUrl: undefined, sender: SENDER })?.sender).toBe(SENDER);
    for (const both of [{ sender: SENDER }, { smtpUrl: undefined }]) {
      expect(refusal(both).problems.map(({ option }) => option)).toEqual(['delivery.smtpUrl']);
    }
    const noSender = { smtpUrl: undefined, sender: { deliver: SENDER.send } };
    expect(refusal(noSender).problems.map(({ option }) => option)).toEqual(['delivery.sender']);
  });

  it.each([
    ['auth@example.org', { address: 'auth@example.org', name: undefined }],
    ['Example Ltd. <auth@example.org>', { address: 'auth@example.org', name: 'Example Ltd.' }],
    ['Bücher & Söhne <a+b@example.org>', { address: 'a+b@example.org', name: 'Bücher & Söhne' }],
  ])('read the sender %j', (from, read) => {
    expect(delivery({ from })?.from).toEqual(read);
  });

  it.each([
    undefined,
    '',
    'nobody',
    'a@b.test, c@d.test',
    'a@b.test\r\nBcc: c@d.test',
    'A\r\nBcc: c@d.test <a@b.test>',
    '"a@evil.test" <a@b.test>',
    'A <a@b.test> <c@d.test>',
    '\u202eA <a@b.test>',
    5,
  ])('HT-9: refuse the sender %j', (from) => {
    expect(refusal({ from }).problems.map(({ option }) => option)).toEqual(['delivery.from']);
  });

  it('call the application by the host of the issuer, where nobody says otherwise', () => {
    expect(delivery({})?.applicationName).toBe('api.example.org');
    expect(delivery({ applicationName: 'Example' })?.applicationName).toBe('Example');
  });

  it('link to a page over TLS only', () => {
    expect(delivery({ accountUrl: 'https://a.test/me' })?.accountUrl).toBe('https://a.test/me');
    expect(delivery({ accountUrl: 'http://localhost:4200/' })?.accountUrl).toBeDefined();
    for (const accountUrl of [
      'http://a.test',
      'javascript:alert(1)',
      '/me',
      'https://u:p@a.test',
    ]) {
      expect(refusal({ accountUrl }).problems[0]?.option).toBe('delivery.accountUrl');
    }
  });

  it('take renderers of kinds that exist', () => {
    const renderers = { new_sign_in: () => ({ subject: 's', text: 't' }) };
    expect(delivery({ renderers })?.renderers).toEqual(renderers);
    expect(refusal({ renderers: { new_sign_in: 'text' } }).problems[0]?.option).toBe(
      'delivery.renderers.new_sign_in',
    );
    expect(refusal({ renderers: { signIn: () => null } }).problems[0]?.option).toBe(
      'delivery.renderers.signIn',
    );
  });
});
