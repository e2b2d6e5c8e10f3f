import { domainToASCII, domainToUnicode } from 'node:url';
import { AuthError } from '../errors/auth-error';
import { LONE_SURROGATE } from './unicode';

/** One e-mail address that was read once and may now be stored, compared and written to. */
export interface EmailAddress {
  /** What is stored and what mail is sent to: exactly one recipient, the domain in ASCII. */
  readonly address: string;
  /** What makes it unique: equal for every accepted spelling of the same address. */
  readonly key: string;
}

/** RFC 5321 §4.5.3.1: 64 octets of local part, 256 of path with its angle brackets. */
const MAX_LOCAL_OCTETS = 64;
const MAX_ADDRESS_OCTETS = 254;
const MAX_DOMAIN_LENGTH = 253;
/** Spaces around the address included. Nothing longer is looked at (HT-10). */
const MAX_INPUT_LENGTH = 320;

/** dot-atom of RFC 5322 §3.2.3 with the letters of RFC 6531 §3.3: no quotes, comments, routes or groups. */
const LOCAL_PART =
  /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
/** RFC 2047: some mail software decodes encoded words even here, and finds another recipient inside. */
const ENCODED_WORD = '=?';
const TYPED_DOMAIN = /^[\p{L}\p{M}\p{N}.-]+$/u;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** `1.2.3.4` and `0x7f` are hosts by another name to a URL parser; no top-level domain starts with a digit. */
const TOP_LABEL = /^[a-z]/;

/** Scripts whose letters are drawn alike; UTS #39 §5.2 calls mixing them at most "minimally restrictive". */
const LOOKALIKE_SCRIPTS = [
  /\p{Script=Latin}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Cherokee}/u,
  /\p{Script=Coptic}/u,
  /\p{Script=Georgian}/u,
  /\p{Script=Lisu}/u,
];

/**
 * Reads one e-mail address and gives it its canonical form, before anything validates, stores or
 * compares it (controls RC-13, RC-14).
 *
 * Spaces around it and the root dot of its domain are dropped. Upper and lower case, and composed and
 * decomposed letters, share one key. Characters that only look like others are refused, never folded:
 * whatever NFKC would change (full-width and ligatures), letters that turn into ASCII when their case
 * changes (dotless i, Kelvin sign, ß), and mixtures of Latin with a script that is drawn like it.
 *
 * @throws AuthError `validation_failed` naming the field `email`
 */
export function parseEmailAddress(input: string): EmailAddress {
  const parsed = readEmailAddress(input);
  if (parsed === undefined) {
    throw new AuthError('validation_failed', {
      errors: [{ field: 'email', message: 'must be one e-mail address' }],
    });
  }
  return parsed;
}

/**
 * What guesses at an account are counted under, for whatever was sent as its address (control LG-7):
 * the key of the address, or a bounded form of what is not one. It never throws, and what is not an
 * address never equals the key of one.
 */
export function guessIdentifier(input: unknown): string {
  if (typeof input !== 'string') return 'no address';
  return readEmailAddress(input)?.key ?? `no address ${bounded(input)}`;
}

/**
 * What the keys begin with whose addresses begin with a text, in whatever spelling; undefined where no
 * address can begin so. A complete address is read like any other, so that its domain is found in ASCII.
 */
export function emailKeyPrefix(input: unknown): string | undefined {
  if (typeof input !== 'string' || input.length > MAX_INPUT_LENGTH) return undefined;
  const key = readEmailAddress(input)?.key;
  if (key !== undefined) return key;
  const typed = trimSpaces(input);
  // PostgreSQL takes neither in a text.
  if (typed.includes('\0') || LONE_SURROGATE.test(typed)) return undefined;
  return foldCase(typed.normalize('NFC'));
}

function bounded(input: string): string {
  // PostgreSQL stores no NUL.
  const text = input.slice(0, MAX_INPUT_LENGTH).replaceAll('\0', ' ');
  return text.normalize('NFKC').trim().toLowerCase().slice(0, 254);
}

function readEmailAddress(input: unknown): EmailAddress | undefined {
  if (typeof input !== 'string' || input.length > MAX_INPUT_LENGTH) return undefined;
  if (LONE_SURROGATE.test(input)) return undefined;
  const spelled = trimSpaces(input);
  if (changesUnderNfkc(spelled)) return undefined;
  const [typedLocal = '', typedDomain = '', ...others] = spelled.normalize('NFC').split('@');
  if (others.length > 0) return undefined;
  const local = readLocalPart(typedLocal);
  const domain = readDomain(typedDomain);
  if (local === undefined || domain === undefined) return undefined;
  const address = `${local}@${domain}`;
  if (Buffer.byteLength(address) > MAX_ADDRESS_OCTETS) return undefined;
  return { address, key: `${foldCase(local)}@${domain}` };
}

/** Only U+0020: other white space in an address is an attempt at a header or a second line. */
function trimSpaces(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text[start] === ' ') start += 1;
  while (end > start && text[end - 1] === ' ') end -= 1;
  return text.slice(start, end);
}

/** Asked of each character, because NFC alone would already turn a Kelvin sign into a K. */
function changesUnderNfkc(text: string): boolean {
  for (const character of text) if (character.normalize('NFKC') !== character) return true;
  const composed = text.normalize('NFC');
  return composed.normalize('NFKC') !== composed;
}

function readLocalPart(local: string): string | undefined {
  if (Buffer.byteLength(local) > MAX_LOCAL_OCTETS || !LOCAL_PART.test(local)) return undefined;
  if (local.includes(ENCODED_WORD)) return undefined;
  return turnsIntoAscii(local) || mixesLookalikes(local) ? undefined : local;
}

function readDomain(typed: string): string | undefined {
  const named = typed.endsWith('.') ? typed.slice(0, -1) : typed;
  if (!TYPED_DOMAIN.test(named)) return undefined;
  const domain = domainToASCII(named);
  const labels = domain.split('.');
  if (domain.length > MAX_DOMAIN_LENGTH || !labels.every((label) => LABEL.test(label))) {
    return undefined;
  }
  if (!TOP_LABEL.test(labels.at(-1) ?? '')) return undefined;
  // An xn-- label may have been typed as such, so its letters are judged, not its spelling.
  const shown = domainToUnicode(domain);
  return shown === '' || shown.split('.').some(mixesLookalikes) ? undefined : domain;
}

function turnsIntoAscii(text: string): boolean {
  for (const character of text) {
    if (character <= '\u007f') continue;
    if (/[a-z]/i.test(character.toUpperCase() + character.toLowerCase())) return true;
  }
  return false;
}

function mixesLookalikes(text: string): boolean {
  return LOOKALIKE_SCRIPTS.filter((script) => script.test(text)).length > 1;
}

/** By single characters: lower-casing a whole word spells a final Σ differently from one inside it. */
function foldCase(text: string): string {
  let folded = '';
  for (const character of text) folded += character.toUpperCase().toLowerCase();
  return folded.normalize('NFC');
}
