import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';
import { readMail, type ReadMail } from './read-mail';

/** Where in a conversation the server misbehaves. */
type Stage = 'greeting' | 'mail' | 'rcpt' | 'data';

/** What the server does from now on. */
export type MailServerMood =
  | { readonly kind: 'accept' }
  /** Answers a code; `550` for good, `421` and `451` for now. */
  | { readonly kind: 'refuse'; readonly at: Stage; readonly code: number }
  /** Says nothing any more. */
  | { readonly kind: 'hang'; readonly at: Stage }
  /** Closes the connection after the whole message, before its 250; `kept` where it had stored it. */
  | { readonly kind: 'cut'; readonly kept: boolean };

/** A message that the server took. */
export interface ReceivedMail extends ReadMail {
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly raw: string;
}

type Callback = (error?: Error | null) => void;

/** A real SMTP server on the loopback, in whatever mood a test puts it. */
export class MailServer {
  readonly received: ReceivedMail[] = [];
  /** How many conversations began. */
  connections = 0;
  /** How often it fell silent. */
  stalled = 0;
  /** How many whole messages arrived, whatever became of them. */
  arrived = 0;
  /** Passwords that were tried. */
  readonly passwords: string[] = [];
  mood: MailServerMood = { kind: 'accept' };
  readonly #server: SMTPServer;
  readonly #sockets = new Map<number, Socket>();

  private constructor(options: SMTPServerOptions) {
    this.#server = new SMTPServer({
      logger: false,
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      closeTimeout: 1,
      disableReverseLookup: true,
      onAuth: ({ username, password }, _session, answer) => {
        this.passwords.push(password ?? '');
        answer(null, { user: username });
      },
      onConnect: (_session, answer) => this.#at('greeting', answer),
      onMailFrom: (_address, _session, answer) => this.#at('mail', answer),
      onRcptTo: (_address, _session, answer) => this.#at('rcpt', answer),
      onData: (stream, session, answer) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => this.#take(Buffer.concat(chunks).toString(), session, answer));
      },
      ...options,
    });
    this.#server.server.on('connection', (socket: Socket) => {
      this.connections += 1;
      this.#sockets.set(socket.remotePort ?? 0, socket);
    });
    this.#server.on('error', () => undefined);
  }

  static async start(options: SMTPServerOptions = {}, port = 0): Promise<MailServer> {
    const server = new MailServer(options);
    await new Promise<void>((done) => server.#server.listen(port, '127.0.0.1', done));
    return server;
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  /** Forgets what it saw, and accepts again. */
  reset(): void {
    Object.assign(this, { mood: { kind: 'accept' }, connections: 0, stalled: 0, arrived: 0 });
    this.received.length = 0;
    this.passwords.length = 0;
  }

  /** Ends every conversation too. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((done) => this.#server.close(done));
    for (const socket of this.#sockets.values()) socket.destroy();
    await closed;
  }

  #at(stage: Stage, answer: Callback): void {
    const { mood } = this;
    if (mood.kind === 'hang' && mood.at === stage) this.stalled += 1;
    else if (mood.kind === 'refuse' && mood.at === stage) answer(refusal(mood.code));
    else answer();
  }

  #take(raw: string, session: SMTPServerSession, answer: Callback): void {
    const { mood } = this;
    this.arrived += 1;
    if (mood.kind === 'accept' || (mood.kind === 'cut' && mood.kept)) {
      const { mailFrom, rcptTo } = session.envelope;
      this.received.push({
        ...readMail(raw),
        raw,
        sender: mailFrom === false ? '' : mailFrom.address,
        recipients: rcptTo.map(({ address }) => address),
      });
    }
    if (mood.kind === 'cut') this.#sockets.get(session.remotePort)?.destroy();
    else this.#at('data', answer);
  }
}

function refusal(responseCode: number): Error {
  return Object.assign(new Error('a text of the server'), { responseCode });
}
