import type { OptionReader } from './option-reader';

/** A mail server and how to reach it. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** `implicit`: from the first byte. `starttls`: before anything else, or not at all. */
  readonly tls: 'implicit' | 'starttls' | 'none';
  readonly credentials?: { readonly user: string; readonly pass: string };
}

const DEFAULT_PORTS = { 'smtps:': 465, 'smtp:': 587 } as const;
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Reads the URL of a mail server. It holds a password, so a refusal never shows it; and it takes no
 * parameters, because one of them could switch the check of the certificate off.
 */
export function readSmtpUrl(reader: OptionReader, value: unknown): SmtpServer | undefined {
  const server = typeof value === 'string' ? parse(value) : undefined;
  if (server !== undefined) return server;
  reader.refuse({
    option: 'delivery.smtpUrl',
    bound: 'smtps://user:password@host:port or smtp://…, without path, query or fragment',
    reason: 'mails and their password leave this server with it',
  });
  return undefined;
}

function parse(value: string): SmtpServer | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol !== 'smtps:' && url?.protocol !== 'smtp:') return undefined;
  const isBare = ['', '/'].includes(url.pathname) && url.search === '' && url.hash === '';
  const hasPasswordOnly = url.username === '' && url.password !== '';
  if (!isBare || url.hostname === '' || hasPasswordOnly) return undefined;
  const credentials = credentialsOf(url);
  if (credentials === 'malformed') return undefined;
  const isLoopback = LOOPBACK.includes(url.hostname);
  return Object.freeze({
    // Without the brackets that a URL needs.
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? DEFAULT_PORTS[url.protocol] : Number(url.port),
    tls: url.protocol === 'smtps:' ? 'implicit' : isLoopback ? 'none' : 'starttls',
    credentials: Object.freeze(credentials),
  });
}

function credentialsOf({ username, password }: URL): SmtpServer['credentials'] | 'malformed' {
  if (username === '') return undefined;
  try {
    return { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  } catch {
    return 'malformed';
  }
}
