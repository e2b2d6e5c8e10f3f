import fc from 'fast-check';
import { cookieNames } from '../../src/requests/cookie-names';
import {
  appendCookies,
  readCookie,
  serializeCookie,
  varyOnCookie,
  type CookieAttributes,
} from '../../src/requests/cookies';
import type { ReadableHttpResponse } from '../../src/requests/http-request';

const NAME = cookieNames('host').refresh;
const KEPT: CookieAttributes = {
  maxAgeSeconds: 3600,
  httpOnly: true,
  secure: true,
  sameSite: 'Strict',
};
const good = { kind: 'value', value: 'good' };
const value = fc.stringMatching(/^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{0,80}$/);

describe('reading a cookie', () => {
  it.each([
    [`${NAME}=good`],
    [`a=b; ${NAME}=good; c=d`],
    [`a=b;${NAME}=good`],
    [`a=b;\t ${NAME}=good`],
    [`;;; ${NAME}=good;`],
    [`$Version=1; ${NAME}=good`],
  ])('%j holds it', (header) => {
    expect(readCookie(header, NAME)).toEqual(good);
  });

  it.each([
    [undefined],
    [''],
    [NAME],
    [`=${NAME}`],
    [`x${NAME}=evil`],
    [`${NAME}x=evil`],
    [`a="; ${NAME}"=evil`],
  ])('%j does not hold it', (header) => {
    expect(readCookie(header, NAME)).toEqual({ kind: 'absent' });
  });

  it.each([
    ['U+2000 as raw bytes', `\u00e2\u0080\u0080${NAME}=evil`],
    ['U+2000 decoded', `\u2000${NAME}=evil`],
    ['U+00A0', `\u00a0${NAME}=evil`],
    ['U+FEFF', `\ufeff${NAME}=evil`],
    ['a vertical tab', `\v${NAME}=evil`],
    ['other case', `${NAME.toLowerCase()}=evil`],
    ['upper case', `${NAME.toUpperCase()}=evil`],
    ['a blank behind the name', `${NAME} =evil`],
    ['a tab behind the name', `${NAME}\t=evil`],
    ['no name', `=${NAME}=evil`],
    ['quotes around the name', `"${NAME}"=evil`],
    ['percent signs', `${NAME.replace('-', '%2d')}=evil`],
    ['a list under $Version', `$Version=1,${NAME}=evil`],
    ['a list under $Version in quotes', `$Version="1, ${NAME}=evil"`],
    ['a nested value', `a=b,${NAME}=evil`],
  ])('CK-5: a planted cookie with %s never wins', (_, planted) => {
    expect(readCookie(planted, NAME)).toEqual({ kind: 'absent' });
    expect(readCookie(`${planted}; ${NAME}=good`, NAME)).toEqual(good);
    expect(readCookie(`${NAME}=good; ${planted}`, NAME)).toEqual(good);
  });

  it('CK-5: two cookies of the name are ambiguous in either order, and when they are equal', () => {
    for (const pair of [
      ['good', 'evil'],
      ['evil', 'good'],
      ['good', 'good'],
      ['', 'good'],
    ]) {
      const header = pair.map((one) => `${NAME}=${one}`).join('; x=y; ');
      expect(readCookie(header, NAME)).toEqual({ kind: 'ambiguous' });
    }
  });

  it.each(['"good"', 'g%6fod', ' good', 'good ', 'a=b', 'a"b', '', 'a,b', 'g\\157od'])(
    'CK-5: the value %j comes as it was sent, not decoded',
    (sent) => {
      expect(readCookie(`${NAME}=${sent}`, NAME)).toEqual({ kind: 'value', value: sent });
    },
  );

  it('never throws, and answers one of three kinds, whatever the header', () => {
    const piece = fc.oneof(
      fc.constantFrom(NAME, '=', ';', ' ', '\t', '"', '$Version', ',', '\u2000', '%'),
      fc.string({ unit: 'binary', maxLength: 20 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const header = pieces.join('');
        const reading = readCookie(header, NAME);
        const exact = header.split(';').filter((pair) => {
          return pair.replace(/^[ \t]+/, '').startsWith(`${NAME}=`);
        });
        const kind = (['absent', 'value'] as const)[exact.length] ?? 'ambiguous';
        expect(reading.kind).toBe(kind);
      }),
      { numRuns: 2000 },
    );
  });

  it('CK-5: next to the true cookie no planted pair is ever believed', () => {
    const spoil = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }),
      fc.constantFrom('\u2000', '\u00e2\u0080\u0080', '"', ' ', '\t', '='),
    );
    const planted = fc
      .tuple(spoil, fc.constantFrom('before', 'behind'))
      .map(([odd, side]) => (side === 'before' ? `${odd}${NAME}=evil` : `${NAME}${odd}=evil`));
    fc.assert(
      fc.property(fc.array(planted, { maxLength: 5 }), fc.nat(5), (pairs, at) => {
        const header = [...pairs.slice(0, at), `${NAME}=good`, ...pairs.slice(at)].join('; ');
        const reading = readCookie(header, NAME);
        expect(reading.kind === 'value' ? reading.value : 'good').toBe('good');
      }),
      { numRuns: 2000 },
    );
  });

  it('a header of a megabyte is read in linear time', () => {
    const header = `${'; '.repeat(500_000)}${NAME}=good`;
    const before = performance.now();
    expect(readCookie(header, NAME)).toEqual(good);
    expect(performance.now() - before).toBeLessThan(2000);
  });
});

describe('writing a cookie', () => {
  it('CK-1, CK-3: Path is always the root, Domain never there, SameSite always said', () => {
    expect(serializeCookie(NAME, 'abc', KEPT)).toBe(
      `${NAME}=abc; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Strict`,
    );
    expect(
      serializeCookie('portcullis-hint', 'abc', {
        maxAgeSeconds: 1.9,
        httpOnly: false,
        secure: false,
        sameSite: 'Lax',
      }),
    ).toBe('portcullis-hint=abc; Path=/; Max-Age=1; SameSite=Lax');
  });

  it('clearing sends no value and a past date', () => {
    expect(serializeCookie(NAME, 'abc', { ...KEPT, maxAgeSeconds: 'clear' })).toBe(
      `${NAME}=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Strict`,
    );
    expect(serializeCookie(NAME, 'abc', { ...KEPT, maxAgeSeconds: -5 })).toContain('Max-Age=0;');
  });

  it('what was written is read back unchanged, between other cookies', () => {
    fc.assert(
      fc.property(value, value, (written, other) => {
        const pair = serializeCookie(NAME, written, KEPT).split('; ')[0]!;
        const header = `a=${other}; ${pair}; b=${other}`;
        expect(readCookie(header, NAME)).toEqual({ kind: 'value', value: written });
      }),
    );
  });

  it('HT-9: a value can add neither an attribute nor a header', () => {
    for (const hostile of ['a; Domain=a.test', 'a\r\nx: y', 'a,b', 'a b', 'a"b', 'ä', 'a\u2028']) {
      expect(() => serializeCookie(NAME, hostile, KEPT)).toThrow(RangeError);
      expect(() => serializeCookie(`${NAME}${hostile}`, 'abc', KEPT)).toThrow(RangeError);
    }
  });

  it('CK-4: name and value are at most 4096 bytes together', () => {
    const longest = 'x'.repeat(4096 - NAME.length);
    expect(serializeCookie(NAME, longest, KEPT)).toContain(longest);
    expect(() => serializeCookie(NAME, `${longest}x`, KEPT)).toThrow(RangeError);
  });

  it('CK-1: a prefixed name without Secure is refused, since browsers would drop it', () => {
    for (const name of [NAME, '__Secure-a', '__host-a']) {
      expect(() => serializeCookie(name, 'abc', { ...KEPT, secure: false })).toThrow(RangeError);
    }
  });

  it('a refusal never repeats the value', () => {
    expect(() => serializeCookie(NAME, 'top secret', KEPT)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') }),
    );
    expect(() => serializeCookie(NAME, 'a', { ...KEPT, maxAgeSeconds: Number.NaN })).toThrow(
      RangeError,
    );
  });
});

describe('names', () => {
  it('CK-1: carry the __Host- prefix by default and go without it in the plain preset', () => {
    expect(cookieNames('host')).toEqual({
      refresh: '__Host-portcullis-refresh',
      session: '__Host-portcullis-session',
      hint: '__Host-portcullis-hint',
      form: '__Host-portcullis-form',
      device: '__Host-portcullis-device',
      secure: true,
    });
    expect(cookieNames('plain')).toEqual({
      refresh: 'portcullis-refresh',
      session: 'portcullis-session',
      hint: 'portcullis-hint',
      form: 'portcullis-form',
      device: 'portcullis-device',
      secure: false,
    });
  });
});

/** The two adapters' rules for a header that is set twice. */
function response(rule: 'replaces' | 'appends'): ReadableHttpResponse & { all(): unknown } {
  const headers = new Map<string, string[]>();
  return {
    header(name, given) {
      const key = name.toLowerCase();
      const before = rule === 'appends' && key === 'set-cookie' ? (headers.get(key) ?? []) : [];
      headers.set(key, [...before, ...(Array.isArray(given) ? given : [given])]);
    },
    getHeader(name) {
      const found = headers.get(name.toLowerCase());
      return found?.length === 1 ? found[0] : found;
    },
    removeHeader: (name) => headers.delete(name.toLowerCase()),
    all: () => Object.fromEntries(headers),
  };
}

describe.each(['replaces', 'appends'] as const)('on an adapter that %s', (rule) => {
  it('cookies join those that are already there, each once', () => {
    const answer = response(rule);
    answer.header('Set-Cookie', 'host=1');
    appendCookies(answer, ['a=1', 'b=2']);
    appendCookies(answer, []);
    appendCookies(answer, ['c=3']);
    expect(answer.all()).toEqual({ 'set-cookie': ['host=1', 'a=1', 'b=2', 'c=3'] });
  });

  it('Vary gains Cookie once and keeps what it said', () => {
    const answer = response(rule);
    varyOnCookie(answer);
    varyOnCookie(answer);
    expect(answer.all()).toEqual({ vary: ['Cookie'] });
    const other = response(rule);
    other.header('vary', 'Origin, X-Cookie');
    varyOnCookie(other);
    expect(other.all()).toEqual({ vary: ['Origin, X-Cookie, Cookie'] });
  });
});
