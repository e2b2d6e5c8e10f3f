import MailComposer from 'nodemailer/lib/mail-composer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Message, MessageSender } from '../options/message-sender';
import type { SmtpServer } from '../options/smtp-url';
import { MessageRefusedError } from './delivery.errors';

/** What a failed command of SMTP leaves on its error. */
interface SmtpFailure {
  readonly command?: string;
  readonly responseCode?: number;
  readonly code?: string;
  /** That of the system, where `code` is one of nodemailer. */
  readonly originalCode?: string;
}

const FEW_WORDS = /^[\w ]{1,30}$/;

/** Where a 5xx answer speaks of this message, and not of the server or our credentials (RFC 5321 §4.2.1). */
const COMMANDS_OF_A_MESSAGE = ['RCPT TO', 'DATA'];
/** "Authentication required" speaks of us, wherever it is answered (RFC 4954 §6). */
const AUTHENTICATION_REQUIRED = 530;

/**
 * Sends over SMTP, one connection per message: nothing is shared that a hanging message could hold.
 *
 * Outside the loopback nothing is sent without TLS and a valid certificate.
 */
export class SmtpMessageSender implements MessageSender {
  readonly #server: SmtpServer;

  constructor(server: SmtpServer) {
    this.#server = server;
  }

  async send(message: Message, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const content = await compose(message);
    signal.throwIfAborted();
    const connection = this.#open();
    const close = () => connection.close();
    signal.addEventListener('abort', close, { once: true });
    try {
      await this.#transfer(connection, message, content);
    } catch (error) {
      signal.throwIfAborted();
      throw refusalOf(error) ?? error;
    } finally {
      signal.removeEventListener('abort', close);
      close();
    }
  }

  #open(): SMTPConnection {
    const { host, port, tls } = this.#server;
    return new SMTPConnection({
      host,
      port,
      secure: tls === 'implicit',
      requireTLS: tls === 'starttls',
      ignoreTLS: tls === 'none',
      tls: { minVersion: 'TLSv1.2' },
      // The socket goes at once when a send is given up: what was not handed over stays unsent.
      socketCloseTimeout: 0,
      logger: false,
    });
  }

  #transfer(connection: SMTPConnection, message: Message, content: Buffer): Promise<void> {
    const { credentials } = this.#server;
    const envelope = { from: message.from.address, to: [message.to], size: content.length };
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Error('The connection was closed'));
      connection.on('error', reject);
      connection.on('end', ended);
      const handOver = () => {
        connection.send(envelope, content, (error) => (error ? reject(error) : resolve()));
      };
      connection.connect((error) => {
        if (error) reject(error);
        else if (credentials === undefined) handOver();
        // A copy: nodemailer writes into what it is given.
        else
          connection.login({ ...credentials }, (failed) => (failed ? reject(failed) : handOver()));
      });
    });
  }
}

/** The mail as it travels. Nothing in it is fetched from a file or a URL. */
function compose({ from, to, subject, text, html, messageId }: Message): Promise<Buffer> {
  const composer = new MailComposer({
    from: { name: from.name ?? '', address: from.address },
    to: { name: '', address: to },
    subject,
    text,
    html,
    messageId,
    // No out-of-office answers to a mailbox that nobody reads (RFC 3834 §5).
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return new Promise((resolve, reject) => {
    composer.compile().build((error, content) => {
      if (error) reject(error);
      else resolve(content);
    });
  });
}

function refusalOf(error: unknown): MessageRefusedError | undefined {
  const { command, responseCode } = error as SmtpFailure;
  if (command === undefined || !COMMANDS_OF_A_MESSAGE.includes(command)) return undefined;
  const isPermanent = responseCode !== undefined && responseCode >= 500 && responseCode <= 599;
  if (!isPermanent || responseCode === AUTHENTICATION_REQUIRED) return undefined;
  return new MessageRefusedError(`${responseCode} ${command}`, error);
}

/** Why an attempt failed, in a few words that quote neither the server nor the message. */
export function failureOf(error: unknown): string {
  const { command, responseCode, code, originalCode } = error as SmtpFailure;
  const words = [responseCode ?? originalCode ?? code, command];
  const known = words.filter((word) => word !== undefined && FEW_WORDS.test(String(word)));
  if (known.length > 0) return known.join(' ');
  return error instanceof Error && /^\w{1,40}$/.test(error.name) ? error.name : 'unknown';
}
