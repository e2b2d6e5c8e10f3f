import type { MessageSender, NoticeKind, NoticeRenderer } from './message-sender';
import { print, type IntegerBound, type OptionReader } from './option-reader';
import { readSmtpUrl, type SmtpServer } from './smtp-url';

/** Mail about what happened to an account. @publicApi */
export interface DeliveryOptions {
  /** The sender of every mail: `auth@example.org`, or with a name `Example <auth@example.org>`. */
  readonly from: string;
  /**
   * The mail server, as `smtps://user:password@mail.example.org` (TLS from the start) or `smtp://…`, which
   * goes on only after STARTTLS; without TLS only on the loopback. User and password are
   * percent-encoded. Either this or `sender` is required.
   */
  readonly smtpUrl?: string;
  /** What carries the mails instead of SMTP. In development: `new LogMessageSender()`. */
  readonly sender?: MessageSender;
  /** What the mails call this application. When left out: the host of `issuer`. */
  readonly applicationName?: string;
  /**
   * The page where people change their password and end their sessions; the mails name it as it is.
   * An https URL, or http on localhost.
   */
  readonly accountUrl?: string;
  /** Your own words for a kind of mail; `composeMail` lays them out and encodes them. */
  readonly renderers?: Readonly<Partial<Record<NoticeKind, NoticeRenderer>>>;
  /** Whether this instance sends what waits. All that do share the work. @default true */
  readonly worker?: boolean;
  /** Seconds after a mail about a new sign-in in which the account gets no other. */
  readonly newSignInWindowSeconds?: number;
  /** How often a mail is tried before it is given up and kept as `failed`. */
  readonly maxAttempts?: number;
  /** Seconds to the second attempt; each further wait is twice as long, less up to half by chance. */
  readonly firstRetrySeconds?: number;
  /** The longest wait between two attempts, in seconds. */
  readonly maxRetrySeconds?: number;
  /** Seconds that one attempt may take, from the first look-up of the server to its last answer. */
  readonly timeoutSeconds?: number;
  /** How many mails one instance sends at once. */
  readonly concurrency?: number;
  /** Milliseconds between two looks for waiting mails. */
  readonly pollMilliseconds?: number;
}

export const DELIVERY_BOUNDS = {
  newSignInWindowSeconds: {
    default: 300,
    min: 60,
    max: 86_400,
    reason: 'shorter lets whoever knows a password flood its owner, longer hides a second stranger',
  },
  maxAttempts: {
    default: 16,
    min: 1,
    max: 100,
    reason: 'a mail server may be away for a night, but not for ever',
  },
  firstRetrySeconds: {
    default: 15,
    min: 1,
    max: 600,
    reason: 'a server that said "later" needs a moment',
  },
  maxRetrySeconds: {
    default: 3600,
    min: 1,
    max: 86_400,
    reason: 'a warning that comes a day late warns nobody',
  },
  timeoutSeconds: {
    default: 30,
    min: 1,
    max: 300,
    reason: 'a server that hangs holds one of the places for as long',
  },
  concurrency: {
    default: 4,
    min: 1,
    max: 50,
    reason: 'mail servers count connections, and each mail waits on one of the pool at its end',
  },
  pollMilliseconds: {
    default: 2000,
    min: 100,
    max: 60_000,
    reason: 'every look is a statement, and a warning should come within seconds (LG-12)',
  },
} satisfies Record<string, IntegerBound>;

/** Where mails come from. */
export interface MailFrom {
  readonly name?: string;
  readonly address: string;
}

export interface ResolvedDeliveryOptions extends Record<keyof typeof DELIVERY_BOUNDS, number> {
  readonly from: MailFrom;
  /** Absent where `sender` carries the mails. */
  readonly smtp?: SmtpServer;
  readonly sender?: MessageSender;
  readonly applicationName: string;
  readonly accountUrl?: string;
  readonly renderers: Readonly<Partial<Record<NoticeKind, NoticeRenderer>>>;
  readonly worker: boolean;
}

const KNOWN = [
  'from',
  'smtpUrl',
  'sender',
  'applicationName',
  'accountUrl',
  'renderers',
  'worker',
  'newSignInWindowSeconds',
  'maxAttempts',
  'firstRetrySeconds',
  'maxRetrySeconds',
  'timeoutSeconds',
  'concurrency',
  'pollMilliseconds',
] as const satisfies readonly (keyof DeliveryOptions)[];

const KINDS = ['new_sign_in', 'refresh_reused'] as const satisfies readonly NoticeKind[];

/** Without the section nobody is told of anything, and nothing is written down to be sent. */
export function readDeliveryOptions(
  reader: OptionReader,
  given: DeliveryOptions | undefined,
  issuer: string,
): ResolvedDeliveryOptions | undefined {
  if (given === undefined) return undefined;
  const section = reader.section('delivery', given, KNOWN);
  if ((section.smtpUrl === undefined) === (section.sender === undefined)) {
    reader.refuse({
      option: 'delivery.smtpUrl',
      bound: 'given, or delivery.sender instead of it',
      reason: 'something has to carry the mails, and one thing only',
    });
  }
  return {
    from: Object.freeze(readFrom(reader, section.from)),
    smtp: section.smtpUrl === undefined ? undefined : readSmtpUrl(reader, section.smtpUrl),
    sender: readSender(reader, section.sender),
    applicationName: reader.text('delivery.applicationName', section.applicationName, {
      fallback: URL.canParse(issuer) ? new URL(issuer).host : issuer,
      reason: 'the mails say where something happened',
    }),
    accountUrl: readAccountUrl(reader, section.accountUrl),
    renderers: readRenderers(reader, section.renderers),
    worker: reader.boolean('delivery.worker', section.worker, true),
    ...reader.integers('delivery', section, DELIVERY_BOUNDS),
  };
}

/** Narrow on purpose: what stands here is written into headers and into the envelope. */
const ADDRESS = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,253}";
const FROM = new RegExp(`^(?:${ADDRESS}|(?<name>[^<>"\\p{C}]{1,64}) <(?<named>${ADDRESS})>)$`, 'u');

function readFrom(reader: OptionReader, value: unknown): MailFrom {
  const match = typeof value === 'string' ? FROM.exec(value) : null;
  if (match === null) {
    reader.refuse({
      option: 'delivery.from',
      value: print(value),
      bound: 'an address, or a name followed by <address>',
      reason: 'it is the sender of every mail',
    });
    return { address: '' };
  }
  const { name, named } = match.groups as { name?: string; named?: string };
  return { name: name?.trim(), address: named ?? match[0] };
}

function readSender(reader: OptionReader, sender: unknown): MessageSender | undefined {
  if (sender === undefined || hasMethod(sender, 'send')) return sender as MessageSender | undefined;
  reader.refuse({
    option: 'delivery.sender',
    bound: 'an object with a method send',
    reason: 'it carries the mails',
  });
  return undefined;
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

function readAccountUrl(reader: OptionReader, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  const isSafe =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.includes(url.hostname));
  if (url !== undefined && isSafe && url.username === '' && url.password === '') return url.href;
  reader.refuse({
    option: 'delivery.accountUrl',
    bound: 'an https URL without credentials',
    reason: 'people follow it to change their password',
  });
  return undefined;
}

function readRenderers(
  reader: OptionReader,
  given: DeliveryOptions['renderers'],
): ResolvedDeliveryOptions['renderers'] {
  const renderers = reader.section('delivery.renderers', given, KINDS);
  for (const [kind, renderer] of Object.entries<unknown>(renderers)) {
    if (renderer === undefined || typeof renderer === 'function') continue;
    reader.refuse({
      option: `delivery.renderers.${kind}`,
      value: print(renderer),
      bound: 'a function',
      reason: 'it words the mail',
    });
  }
  return Object.freeze({ ...renderers });
}

function hasMethod(value: unknown, name: string): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Record<string, unknown>)[name] === 'function'
  );
}
