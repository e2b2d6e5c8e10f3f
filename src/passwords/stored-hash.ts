import type { Comparison } from './hash-task';
import { FOREIGN_SCHEMES } from './foreign-hashes';

/** Our own scheme: bcrypt of base64(HMAC-SHA-256(pepper, password)). */
export const OWN_SCHEME = 'bcrypt-hmac-sha256';

/** A stored password hash that was read. */
export type StoredHash = OwnHash | ForeignHash;

export interface OwnHash {
  readonly scheme: typeof OWN_SCHEME;
  readonly pepperVersion: number;
  readonly cost: number;
  readonly comparison: Comparison;
}

/** Made by another system; it verifies once and is then replaced by one of ours. */
export interface ForeignHash {
  readonly scheme: 'foreign';
  readonly comparison: Comparison;
}

/** A stored hash that cannot be verified: an unknown scheme, a broken form, or a cost out of bounds. */
export class UnreadableHashError extends Error {
  constructor(reason: string) {
    super(`a stored password hash cannot be used: ${reason}`);
    this.name = 'UnreadableHashError';
  }
}

const LONGEST = 512;
const SCHEME = /^\{([a-z0-9-]{1,40})(?:;pepper=([1-9]\d{0,4}))?\}/;
const OWN_HASH = /^\$2b\$(\d\d)\$[./A-Za-z0-9]{53}$/;

/** The stored form: scheme and pepper version first, so that neither is ever guessed. */
export function formatOwnHash(pepperVersion: number, bcryptHash: string): string {
  return `{${OWN_SCHEME};pepper=${pepperVersion}}${bcryptHash}`;
}

/** Reads `{scheme;pepper=version}` in front of a hash. */
export function readScheme(
  stored: string,
):
  | { readonly scheme: string; readonly pepperVersion?: number; readonly length: number }
  | undefined {
  const match = SCHEME.exec(stored);
  if (match === null) return undefined;
  const [prefix, scheme = '', version] = match;
  return {
    scheme,
    pepperVersion: version === undefined ? undefined : Number(version),
    length: prefix.length,
  };
}

/**
 * Reads a stored hash. What it cannot read is an error, never a mismatch: a mismatch would blame the
 * person for a damaged or unknown record.
 *
 * @throws UnreadableHashError
 */
export function readStoredHash(stored: string): StoredHash {
  if (stored.length > LONGEST) throw new UnreadableHashError('it is too long');
  const header = readScheme(stored);
  if (header === undefined) throw new UnreadableHashError('it names no scheme');
  const { scheme, pepperVersion } = header;
  const rest = stored.slice(header.length);
  if (scheme === OWN_SCHEME) return readOwnHash(pepperVersion, rest);
  const read = Object.hasOwn(FOREIGN_SCHEMES, scheme) ? FOREIGN_SCHEMES[scheme] : undefined;
  if (read === undefined || pepperVersion !== undefined) {
    throw new UnreadableHashError(`its scheme ${JSON.stringify(scheme)} is unknown`);
  }
  const comparison = read(rest);
  if (typeof comparison === 'string') throw new UnreadableHashError(comparison);
  return { scheme: 'foreign', comparison };
}

function readOwnHash(pepperVersion: number | undefined, hash: string): OwnHash {
  const cost = OWN_HASH.exec(hash)?.[1];
  if (pepperVersion === undefined || cost === undefined) {
    throw new UnreadableHashError('its form is broken');
  }
  return {
    scheme: OWN_SCHEME,
    pepperVersion,
    cost: Number(cost),
    comparison: { kind: 'bcrypt-compare', hash },
  };
}
