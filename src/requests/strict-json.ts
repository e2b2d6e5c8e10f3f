import { isUtf8 } from 'node:buffer';
import { AuthError } from '../errors/auth-error';

/** Objects and arrays inside each other. */
export const MAX_JSON_DEPTH = 32;
/** Members and elements of a whole document, nested ones included. */
export const MAX_JSON_MEMBERS = 10_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/** The names seen in an open object; an array has none. */
type Container = Set<string> | 'array';

/**
 * Refuses JSON that two readers could understand differently or that costs more than its length
 * (controls HT-1, HT-5; RFC 8259 §4, §8.1): repeated members however they are spelt, a byte order
 * mark, bytes that are not UTF-8, more than {@link MAX_JSON_DEPTH} levels or
 * {@link MAX_JSON_MEMBERS} members, and whatever `JSON.parse` refuses. One pass, no recursion.
 *
 * @throws AuthError `validation_failed`; the text of the document is in none of its fields
 */
export function assertStrictJson(text: string | Buffer): void {
  readStrictJson(text);
}

/**
 * The shape that the `verify` option of Express' JSON body parser takes. An empty body is not
 * judged: it is a request without members.
 *
 * @example
 * const app = await NestFactory.create(AppModule, { bodyParser: false });
 * app.use(json({ limit: '64kb', verify: strictJsonVerify }));
 *
 * @throws AuthError `validation_failed`
 */
export function strictJsonVerify(_request: unknown, _response: unknown, buffer: Buffer): void {
  if (buffer.length > 0) assertStrictJson(buffer);
}

/**
 * The shape that the body parsers of Nest's Fastify adapter take. Like Express' own parser it accepts
 * objects and lists only, and takes an empty body for none.
 *
 * @example
 * const app = await NestFactory.create(AppModule, new FastifyAdapter(), { bodyParser: false });
 * app.useBodyParser('application/json', { bodyLimit: 64 * 1024 }, strictJsonParser);
 *
 * @publicApi
 */
export function strictJsonParser(
  _request: unknown,
  body: Buffer,
  done: (error: Error | null, value?: unknown) => void,
): void {
  try {
    done(null, body.length === 0 ? undefined : readContainer(body));
  } catch (error) {
    done(error as Error);
  }
}

function readContainer(body: Buffer): object {
  const value = readStrictJson(body);
  if (typeof value !== 'object' || value === null) throw refusal('The body is not an object');
  return value;
}

function readStrictJson(text: string | Buffer): unknown {
  if (typeof text !== 'string' && !isUtf8(text)) throw refusal('The body is not UTF-8');
  const json = typeof text === 'string' ? text : text.toString('utf8');
  refuseExcess(json);
  return parse(json);
}

/** Follows only strings and brackets: on text that is not JSON it may go astray, which `parse` finds. */
function refuseExcess(json: string): void {
  const open: Container[] = [];
  let members = 0;
  let nameExpected = false;
  for (let at = 0; at < json.length; at++) {
    const character = json.charCodeAt(at);
    const container = open.at(-1);
    if (character === QUOTE) {
      const end = endOfString(json, at);
      if (nameExpected && container instanceof Set) addName(container, json.slice(at, end + 1));
      nameExpected = false;
      at = end;
    } else if (character === OPEN_OBJECT || character === OPEN_ARRAY) {
      members += 1;
      nameExpected = character === OPEN_OBJECT;
      open.push(nameExpected ? new Set() : 'array');
      if (open.length > MAX_JSON_DEPTH) throw refusal('The body is nested too deeply');
    } else if (character === CLOSE_OBJECT || character === CLOSE_ARRAY) {
      open.pop();
      nameExpected = false;
    } else if (character === COMMA) {
      members += 1;
      nameExpected = container instanceof Set;
    }
    if (members > MAX_JSON_MEMBERS) throw refusal('The body has too many members');
  }
}

function endOfString(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at++) {
    const character = json.charCodeAt(at);
    if (character === QUOTE) return at;
    if (character === BACKSLASH) at += 1;
  }
  throw refusal('The body is not JSON');
}

/** `"a"` and `"\u0061"` are one name; only a name with an escape has to be decoded. */
function addName(names: Set<string>, quoted: string): void {
  const name = quoted.includes('\\') ? String(parse(quoted)) : quoted.slice(1, -1);
  if (names.has(name)) throw refusal('The body repeats a member');
  names.add(name);
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw refusal('The body is not JSON');
  }
}

function refusal(detail: string): AuthError {
  return new AuthError('validation_failed', { detail });
}
