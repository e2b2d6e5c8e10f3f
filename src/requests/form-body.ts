import type { Readable } from 'node:stream';
import { AuthError } from '../errors/auth-error';
import type { HttpRequest } from './http-request';

/** The parameters of a form that came with a value, by name. */
export type FormParameters = ReadonlyMap<string, string>;

/** Twice the longest token that is looked at. */
export const MAX_FORM_BYTES = 16_384;
export const MAX_FORM_PARAMETERS = 20;

const FORM_TYPE = /^application\/x-www-form-urlencoded[ \t]*(?:;[ \t]*charset="?utf-8"?[ \t]*)?$/i;

/** What a conforming client writes: everything but these is percent-encoded (URL §5.2). */
const ENCODED = /^[\x21-\x7e]*$/;

/**
 * The urlencoded body of a request, as OAuth reads one (RFC 6749 §3.2, Appendix B): parameters without
 * a value were not sent, and none may come twice.
 *
 * A body that the host has parsed already is taken as it stands, with anything but single texts in it
 * refused; one that nobody has read is read here. Either is bounded.
 *
 * @throws AuthError `unsupported_media_type`, `payload_too_large`, `validation_failed`; no text of the
 * body is in any of their fields
 */
export async function readForm(request: HttpRequest): Promise<FormParameters> {
  if (!FORM_TYPE.test(request.headers['content-type'] ?? '')) {
    throw new AuthError('unsupported_media_type', {
      detail: 'The body must be application/x-www-form-urlencoded',
    });
  }
  if (Number(request.headers['content-length'] ?? 0) > MAX_FORM_BYTES) {
    throw new AuthError('payload_too_large');
  }
  const { body } = request;
  if (body === undefined) return parseForm((await readBytes(request)).toString('latin1'));
  if (typeof body === 'string') return parseForm(body);
  if (Buffer.isBuffer(body)) return parseForm(body.toString('latin1'));
  return parametersOf(Object.entries(Object(body) as Record<string, unknown>));
}

/**
 * Parses urlencoded text strictly.
 *
 * @throws AuthError `validation_failed`, `payload_too_large`
 */
export function parseForm(text: string): FormParameters {
  if (text.length > MAX_FORM_BYTES) throw new AuthError('payload_too_large');
  if (!ENCODED.test(text)) throw refusal('The body is not urlencoded');
  const pairs = text.split('&', MAX_FORM_PARAMETERS + 1).filter((pair) => pair !== '');
  return parametersOf(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      return at === -1
        ? [decode(pair), '']
        : [decode(pair.slice(0, at)), decode(pair.slice(at + 1))];
    }),
  );
}

/**
 * Decodes one urlencoded text; undefined where it is not one (RFC 6749 Appendix B).
 */
export function decodeFormText(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

function decode(text: string): string {
  const decoded = decodeFormText(text);
  if (decoded === undefined) throw refusal('The body is not urlencoded');
  return decoded;
}

function parametersOf(entries: readonly (readonly [string, unknown])[]): FormParameters {
  if (entries.length > MAX_FORM_PARAMETERS) throw refusal('The body has too many parameters');
  const parameters = new Map<string, string>();
  for (const [name, value] of entries) {
    // Parsers of hosts make lists and objects of what came twice or in brackets.
    if (typeof value !== 'string' || parameters.has(name)) {
      throw refusal('The body repeats a parameter');
    }
    parameters.set(name, value);
  }
  for (const [name, value] of parameters) if (value === '') parameters.delete(name);
  return parameters;
}

/** Reads to the end, or to the bound; what comes after it is left to the server to drain. */
function readBytes(request: HttpRequest): Promise<Buffer> {
  const stream = ('raw' in request ? request.raw : request) as Readable;
  return new Promise((resolve, reject) => {
    if (stream.readableEnded) {
      resolve(Buffer.alloc(0));
      return;
    }
    // The client went away while we looked its session up, and nothing will be said any more.
    if (stream.destroyed) {
      reject(new AuthError('validation_failed'));
      return;
    }
    const chunks: Buffer[] = [];
    let length = 0;
    stream.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > MAX_FORM_BYTES) reject(new AuthError('payload_too_large'));
      else chunks.push(chunk);
    });
    stream.once('end', () => resolve(Buffer.concat(chunks)));
    stream.once('error', (cause) => reject(new AuthError('validation_failed', { cause })));
    stream.once('close', () => reject(new AuthError('validation_failed')));
  });
}

function refusal(detail: string): AuthError {
  return new AuthError('validation_failed', { detail });
}
