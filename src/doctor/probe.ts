import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Clock } from '../clock/clock';

/** One question to the server. */
export interface Question {
  readonly method?: 'GET' | 'POST' | 'OPTIONS';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Local time in the middle of the exchange, in milliseconds. */
  readonly at: number;
}

/** The server was asked as often, or for as long, as one examination may take. */
export class ProbeBudgetError extends Error {
  override readonly name = 'ProbeBudgetError';
  readonly code = 'probe_budget';
}

const CLOCK = new Clock();

const MAX_REQUESTS = 80;
const REQUEST_LIMIT_MS = 5000;
const TOTAL_LIMIT_MS = 60_000;
const MAX_BODY_BYTES = 256 * 1024;

/**
 * Asks one server questions, a bounded number of them, each in bounded time. It asks no other host,
 * follows no redirect, and sends no credential, because it has none.
 */
export class Probe {
  readonly #startedAt = performance.now();
  #asked = 0;

  /** @param base where the server is reached, without a slash at the end */
  constructor(readonly base: URL) {}

  /** How many questions it has put. */
  get asked(): number {
    return this.#asked;
  }

  /** Asks below the base. */
  ask(path: string, question: Question = {}): Promise<Answer> {
    const { pathname } = this.base;
    return this.#send(new URL(`${pathname === '/' ? '' : pathname}${path}`, this.base), question);
  }

  /** Asks at the root of the host, where RFC 8615 puts documents. */
  askRoot(path: string): Promise<Answer> {
    return this.#send(new URL(path, this.base), {});
  }

  async #send(url: URL, { method = 'GET', headers = {}, body }: Question): Promise<Answer> {
    const left = TOTAL_LIMIT_MS - (performance.now() - this.#startedAt);
    if (this.#asked >= MAX_REQUESTS || left <= 0) {
      throw new ProbeBudgetError('the examination asks no more of this server');
    }
    this.#asked += 1;
    const sentAt = CLOCK.now();
    const message = await new Promise<IncomingMessage>((found, failed) => {
      const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
      const asking = send(url, {
        method,
        agent: false,
        signal: AbortSignal.timeout(Math.min(REQUEST_LIMIT_MS, left)),
        headers: {
          'user-agent': 'portcullis-doctor',
          ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
          ...headers,
        },
      });
      asking.on('response', found);
      asking.on('error', failed);
      asking.end(body);
    });
    const at = (sentAt + CLOCK.now()) / 2;
    const text = await readText(message);
    return { status: message.statusCode ?? 0, headers: message.headers, text, at };
  }
}

async function readText(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_BODY_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The JSON object in an answer, or undefined where there is none. */
export function objectIn({ text }: Answer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
