import { isSigningAlgorithm } from '../keys/signing-key';
import type { SigningAlgorithm } from '../options/signing-key-options';

/** Ours have about 700; whatever is longer is refused before anything reads it (control JW-14). */
export const MAX_TOKEN_CHARACTERS = 8192;

/** RFC 9068 §2.1: what keeps other JWTs from passing as access tokens. */
export const ACCESS_TOKEN_TYPE = 'at+jwt';

/** 256 bits in base64url: a thumbprint (RFC 7638), or the name of an HS256 key. */
const KID = /^[A-Za-z0-9_-]{43}$/;

/** What the header of one of our access tokens says. */
export interface AccessTokenHeader {
  readonly algorithm: SigningAlgorithm;
  readonly kid: string;
}

/** The three parts of a token in compact serialization, still encoded. */
export interface CompactToken {
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
}

/** Takes a token apart, in linear time and without decoding; undefined where it has not three parts. */
export function splitCompactToken(token: string): CompactToken | undefined {
  if (token.length > MAX_TOKEN_CHARACTERS) return undefined;
  const first = token.indexOf('.');
  const second = token.indexOf('.', first + 1);
  if (first <= 0 || second <= first + 1 || token.includes('.', second + 1)) return undefined;
  return {
    header: token.slice(0, first),
    payload: token.slice(first + 1, second),
    signature: token.slice(second + 1),
  };
}

/**
 * Reads a header that is, byte for byte, what we write: one of our algorithms, our `typ` and a
 * thumbprint, in this order and nothing else. So `jwk`, `jku`, `x5u`, `x5c`, `crit`, `b64`, `zip`,
 * repeated members and other spellings never get a meaning (RFC 8725 §3.10, controls JW-2, JW-4, JW-9).
 */
export function readHeader(segment: string): AccessTokenHeader | undefined {
  const { alg, kid } = parseObject(segment) ?? {};
  if (!isSigningAlgorithm(alg) || typeof kid !== 'string' || !KID.test(kid)) return undefined;
  const header = { algorithm: alg, kid };
  return encodeJson(headerMembers(header)) === segment ? header : undefined;
}

/** The members of the header, in the order in which they are written. */
export function headerMembers({ algorithm, kid }: AccessTokenHeader) {
  return { alg: algorithm, typ: ACCESS_TOKEN_TYPE, kid };
}

/**
 * Reads a payload that is in its one canonical spelling. Serialising it again must give the same text:
 * that refuses repeated members, padding, other alphabets, unused bits and broken UTF-8 alike (JW-9).
 */
export function readPayload(segment: string): Readonly<Record<string, unknown>> | undefined {
  const payload = parseObject(segment);
  return payload !== undefined && encodeJson(payload) === segment ? payload : undefined;
}

/** Whether base64url text is the one that its bytes encode to (RFC 4648 §3.5). */
export function isCanonicalBase64url(text: string): boolean {
  return Buffer.from(text, 'base64url').toString('base64url') === text;
}

function parseObject(segment: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, 'base64url').toString('utf8'));
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function encodeJson(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
