import type { OptionReader } from './option-reader';

/** One version of the pepper that passwords are keyed with before they are hashed. @publicApi */
export interface PasswordPepper {
  /** Stored beside each hash, so that old hashes stay verifiable. From 1 to 65535. */
  readonly version: number;
  /** At least 32 random characters, independent of `secrets`. */
  readonly secret: string;
}

const MIN_BYTES = 32;
const MIN_DISTINCT_CHARACTERS = 10;
const PLACEHOLDER =
  /change.?me|changeit|example|placeholder|your.{0,10}secret|secret.?key|password|default/i;

/** Why a secret cannot protect anything, or undefined where it can (controls CR-1, CR-6). */
export function weaknessOf(secret: unknown): { bound: string; reason: string } | undefined {
  const bound = `a random secret of at least ${MIN_BYTES} bytes, for example from: openssl rand -base64 48`;
  if (typeof secret !== 'string' || secret.length === 0) return { bound, reason: 'it is missing' };
  if (Buffer.byteLength(secret) < MIN_BYTES) {
    return { bound, reason: 'a shorter one can be guessed (RFC 7518 §3.2)' };
  }
  if (new Set(secret).size < MIN_DISTINCT_CHARACTERS) {
    return { bound, reason: 'it repeats too few characters to be random' };
  }
  if (isSequence(secret)) return { bound, reason: 'its characters follow each other in order' };
  if (PLACEHOLDER.test(secret)) return { bound, reason: 'it looks like a placeholder' };
  return undefined;
}

/** Whether most characters are the neighbours of the ones before them, as in `abcdef…`. */
function isSequence(secret: string): boolean {
  let steps = 0;
  for (let index = 1; index < secret.length; index += 1) {
    if (Math.abs(secret.charCodeAt(index) - secret.charCodeAt(index - 1)) === 1) steps += 1;
  }
  return steps > secret.length / 2;
}

/** Reads `secrets`: the current one first, then those that still open what they sealed. */
export function readSecrets(reader: OptionReader, value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length === 0) {
    reader.refuse({
      option: 'secrets',
      bound: 'a list of secrets, the current one first',
      reason: 'tokens and stored keys are protected with them',
    });
    return [];
  }
  value.forEach((secret, index) => refuseWeak(reader, `secrets[${index}]`, secret));
  if (new Set(value).size < value.length) {
    reader.refuse({
      option: 'secrets',
      bound: 'a list without repeats',
      reason: 'one secret is one version',
    });
  }
  return value as string[];
}

/** Reads `passwordPeppers`: the current one first. */
export function readPeppers(reader: OptionReader, value: unknown): readonly PasswordPepper[] {
  if (!Array.isArray(value) || value.length === 0) {
    reader.refuse({
      option: 'passwordPeppers',
      bound: 'a list of { version, secret }, the current one first',
      reason: 'a stolen table of hashes must be worthless without it',
    });
    return [];
  }
  const peppers = value as (Partial<PasswordPepper> | null)[];
  peppers.forEach((pepper, index) => {
    reader.integer(`passwordPeppers[${index}].version`, pepper?.version ?? null, {
      default: 1,
      min: 1,
      max: 65_535,
      reason: 'the version is stored beside each hash',
    });
    refuseWeak(reader, `passwordPeppers[${index}].secret`, pepper?.secret);
  });
  if (new Set(peppers.map((pepper) => pepper?.version)).size < peppers.length) {
    reader.refuse({
      option: 'passwordPeppers',
      bound: 'a list in which each version stands once',
      reason: 'a hash names its pepper by version',
    });
  }
  return value as PasswordPepper[];
}

function refuseWeak(reader: OptionReader, option: string, secret: unknown): void {
  const weakness = weaknessOf(secret);
  if (weakness !== undefined) reader.refuse({ option, ...weakness });
}
