import type { Comparison } from './hash-task';

/** Reads what stands behind `{scheme}`, or says why it cannot be used. */
type ForeignReader = (hash: string) => Comparison | string;

/**
 * The most that one verification of a foreign hash may cost. A record with a larger one would let
 * whoever can import accounts stop the server with a login.
 */
const BOUNDS = {
  bcryptCost: 15,
  pbkdf2Iterations: 3_000_000,
  memoryBytes: 256 * 1024 * 1024,
  argon2Passes: 16,
  /** Memory times passes: about two seconds of one core. */
  argon2WorkKib: 1024 * 1024,
  lanes: 16,
  scryptLogCost: 20,
  saltBytes: 128,
  minHashBytes: 16,
  maxHashBytes: 128,
} as const;

const BROKEN = 'its form is broken';
const TOO_COSTLY = 'its cost is out of bounds';

const BCRYPT = /^\$2[aby](\$(\d\d)\$[./A-Za-z0-9]{53})$/;
const ARGON2ID = /^\$argon2id\$v=19\$m=(\d{1,9}),t=(\d{1,9}),p=(\d{1,9})\$([^$]+)\$([^$]+)$/;
const SCRYPT = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,9}),p=(\d{1,9})\$([^$]+)\$([^$]+)$/;
const DJANGO = /^pbkdf2_(sha1|sha256)\$(\d{1,9})\$([^$]+)\$([^$]+)$/;
const KEYCLOAK = /^(pbkdf2|pbkdf2-sha256|pbkdf2-sha512)\$(\d{1,9})\$([^$]+)\$([^$]+)$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * The schemes of other systems, by the name that stands in `{}` before the hash:
 *
 * - `{bcrypt}$2b$12$…`, also `$2a$` and `$2y$`
 * - `{argon2id}$argon2id$v=19$m=65536,t=3,p=4$salt$hash` (PHC string)
 * - `{scrypt}$scrypt$ln=15,r=8,p=1$salt$hash` (PHC string)
 * - `{django}pbkdf2_sha256$600000$salt$hash`, as Django stores it
 * - `{aspnet}AQAAAAI…`, as ASP.NET Core Identity stores it (format 3)
 * - `{keycloak}pbkdf2-sha256$27500$salt$value`: algorithm, hashIterations, salt and value of the
 *   credential, joined with `$`
 */
export const FOREIGN_SCHEMES: Readonly<Record<string, ForeignReader>> = {
  bcrypt: readBcrypt,
  argon2id: readArgon2id,
  scrypt: readScrypt,
  django: readDjango,
  aspnet: readAspNet,
  keycloak: readKeycloak,
};

/** The algorithm behind `$2a$`, `$2b$` and `$2y$` is one; the library knows it by the second name. */
function readBcrypt(hash: string): Comparison | string {
  const [, rest, cost] = BCRYPT.exec(hash) ?? [];
  if (rest === undefined) return BROKEN;
  if (Number(cost) < 4 || Number(cost) > BOUNDS.bcryptCost) return TOO_COSTLY;
  return { kind: 'bcrypt-compare', hash: `$2b${rest}` };
}

function readArgon2id(hash: string): Comparison | string {
  const [, memory, time, parallelism, salt, expected] = ARGON2ID.exec(hash) ?? [];
  const parts = decodeBoth(salt, expected);
  if (parts === undefined) return BROKEN;
  const [memoryKib, passes, lanes] = [Number(memory), Number(time), Number(parallelism)];
  // RFC 9106 §3.1
  if (passes < 1 || lanes < 1 || memoryKib < 8 * lanes || parts.salt.length < 8) return BROKEN;
  if (
    memoryKib * 1024 > BOUNDS.memoryBytes ||
    passes > BOUNDS.argon2Passes ||
    memoryKib * passes > BOUNDS.argon2WorkKib ||
    lanes > BOUNDS.lanes
  ) {
    return TOO_COSTLY;
  }
  return { kind: 'argon2id', memoryKib, passes, lanes, ...parts };
}

function readScrypt(hash: string): Comparison | string {
  const [, logN, r, p, salt, expected] = SCRYPT.exec(hash) ?? [];
  const parts = decodeBoth(salt, expected);
  if (parts === undefined) return BROKEN;
  const [logCost, blockSize, parallelization] = [Number(logN), Number(r), Number(p)];
  if (logCost < 1 || blockSize < 1 || parallelization < 1) return BROKEN;
  if (logCost > BOUNDS.scryptLogCost || parallelization > BOUNDS.lanes) return TOO_COSTLY;
  const cost = 2 ** logCost;
  if (128 * cost * blockSize * parallelization > BOUNDS.memoryBytes) return TOO_COSTLY;
  return { kind: 'scrypt', cost, blockSize, parallelization, ...parts };
}

/** Django takes the salt as text, not as base64. */
function readDjango(hash: string): Comparison | string {
  const [, digest, iterations, salt = '', encoded] = DJANGO.exec(hash) ?? [];
  const expected = decode(encoded);
  if (expected === undefined) return BROKEN;
  return pbkdf2(digest as Digest, Number(iterations), { salt: Buffer.from(salt), expected });
}

function readKeycloak(hash: string): Comparison | string {
  const [, algorithm = '', iterations, salt, expected] = KEYCLOAK.exec(hash) ?? [];
  const parts = decodeBoth(salt, expected);
  if (parts === undefined) return BROKEN;
  const [, digest = 'sha1'] = algorithm.split('-');
  return pbkdf2(digest as Digest, Number(iterations), parts);
}

/** Byte 1, then pseudo-random function, iterations and salt length as big-endian words, salt, subkey. */
function readAspNet(hash: string): Comparison | string {
  const header = 13;
  const bytes = decode(hash);
  if (!bytes || bytes.length <= header || bytes[0] !== 1) return BROKEN;
  const digest = (['sha1', 'sha256', 'sha512'] as const)[bytes.readUInt32BE(1)];
  const saltEnd = header + bytes.readUInt32BE(9);
  if (digest === undefined || saltEnd >= bytes.length) return BROKEN;
  return pbkdf2(digest, bytes.readUInt32BE(5), {
    salt: bytes.subarray(header, saltEnd),
    expected: bytes.subarray(saltEnd),
  });
}

interface SaltAndHash {
  readonly salt: Uint8Array;
  readonly expected: Uint8Array;
}

type Digest = 'sha1' | 'sha256' | 'sha512';

function pbkdf2(digest: Digest, iterations: number, parts: SaltAndHash): Comparison | string {
  if (!hasSaneLengths(parts) || iterations < 1) return BROKEN;
  if (iterations > BOUNDS.pbkdf2Iterations) return TOO_COSTLY;
  return { kind: 'pbkdf2', digest, iterations, ...parts };
}

function decodeBoth(
  encodedSalt: string | undefined,
  encodedHash: string | undefined,
): SaltAndHash | undefined {
  const salt = decode(encodedSalt);
  const expected = decode(encodedHash);
  if (salt === undefined || expected === undefined) return undefined;
  const parts = { salt, expected };
  return hasSaneLengths(parts) ? parts : undefined;
}

function hasSaneLengths({ salt, expected }: SaltAndHash): boolean {
  return (
    salt.length <= BOUNDS.saltBytes &&
    expected.length >= BOUNDS.minHashBytes &&
    expected.length <= BOUNDS.maxHashBytes
  );
}

function decode(text: string | undefined): Buffer | undefined {
  return text !== undefined && BASE64.test(text) ? Buffer.from(text, 'base64') : undefined;
}
