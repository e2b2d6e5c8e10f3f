import fc from 'fast-check';
import { guessIdentifier, parseEmailAddress } from '../../src/accounts/email-address';

function expectRefused(input: string): void {
  expect(() => parseEmailAddress(input)).toThrow(
    expect.objectContaining({
      code: 'validation_failed',
      errors: [expect.objectContaining({ field: 'email' })],
    }),
  );
}

describe('parseEmailAddress', () => {
  it.each([
    ['alice@x.test', 'alice@x.test', 'alice@x.test'],
    ["Alice.O'Hara@x.test", "Alice.O'Hara@x.test", "alice.o'hara@x.test"],
    ['Alice+News@Mail.X.TEST', 'Alice+News@mail.x.test', 'alice+news@mail.x.test'],
    ['root@localhost', 'root@localhost', 'root@localhost'],
    ['andré@bücher.test', 'andré@xn--bcher-kva.test', 'andré@xn--bcher-kva.test'],
    ['ivan@xn--bcher-kva.test', 'ivan@xn--bcher-kva.test', 'ivan@xn--bcher-kva.test'],
    ['иван@почта.рф', 'иван@xn--80a1acny.xn--p1ai', 'иван@xn--80a1acny.xn--p1ai'],
    ['田中@例え.test', '田中@xn--r8jz45g.test', '田中@xn--r8jz45g.test'],
  ])('reads %s', (input, address, key) => {
    expect(parseEmailAddress(input)).toEqual({ address, key });
  });

  it('LG-7: every spelling of one address has one key', () => {
    const spellings = [
      'alice@x',
      'Alice@x',
      'ALICE@X',
      ' alice@x',
      'alice@x ',
      'alice@x.',
      ' aLiCe@X. ',
    ];
    const keys = new Set(spellings.map((spelling) => parseEmailAddress(spelling).key));
    expect([...keys]).toEqual(['alice@x']);
  });

  it('LG-7: composed and decomposed letters, and both small sigmas, have one key', () => {
    const keyOf = (local: string) => parseEmailAddress(`${local}@x.test`).key;
    expect(keyOf('andre\u0301')).toBe(keyOf('andr\u00e9'));
    expect(keyOf('ΝΙΚΟΣ')).toBe(keyOf('νικος'));
    expect(keyOf('νικοσ')).toBe(keyOf('νικος'));
    expect(parseEmailAddress('a@BÜCHER.test').key).toBe(
      parseEmailAddress('a@bu\u0308cher.test').key,
    );
  });

  it.each([
    ['a comma list', 'a@evil.test,victim@x.test'],
    ['a semicolon list', 'a@evil.test;victim@x.test'],
    ['a space-separated list', 'a@evil.test victim@x.test'],
    ['a second @', 'a@evil.test@x.test'],
    ['a quoted local part', '"e@evil.test"@x.test'],
    ['a quoted local part without tricks', '"alice"@x.test'],
    ['a full-width @', 'victim＠x.test'],
    ['a full-width @ beside a real one', 'a＠evil.test@x.test'],
    ['a small @', 'victim﹫x.test'],
    ['a second header', 'victim@x.test\r\nBcc: e@evil.test'],
    ['a trailing line break', 'victim@x.test\n'],
    ['a tab', '\tvictim@x.test'],
    ['a NUL', 'victim\0@x.test'],
    ['angle brackets', '<victim@x.test>'],
    ['a display name', 'Victim <victim@x.test>'],
    ['nothing but brackets', '<..>'],
    ['a group', 'friends:a@x.test,b@x.test;'],
    ['a comment', 'victim(comment)@x.test'],
    ['a route', '@evil.test:victim@x.test'],
    ['an encoded word', '=?utf-8?q?x=40evil.test=3e=00?=foo@x.test'],
    ['a backslash', 'vic\\tim@x.test'],
    ['an invisible character', 'vic\u200btim@x.test'],
    ['a soft hyphen in the domain', 'victim@x\u00ad.test'],
    ['an ideographic dot in the domain', 'victim@x。test'],
    ['an address literal', 'victim@[127.0.0.1]'],
    ['an IPv4 address', 'victim@127.0.0.1'],
    ['an IPv4 address in disguise', 'victim@0x7f.1'],
    ['an IPv4 address as one number', 'victim@2130706433'],
    ['a port', 'victim@x.test:25'],
    ['a percent escape in the domain', 'victim@x%2etest'],
    ['broken punycode', 'victim@xn--a.test'],
    ['an empty local part', '@x.test'],
    ['an empty domain', 'victim@'],
    ['two root dots', 'victim@x.test..'],
    ['an empty label', 'victim@x..test'],
    ['a leading hyphen in a label', 'victim@-x.test'],
    ['a leading dot', '.victim@x.test'],
    ['a doubled dot', 'vic..tim@x.test'],
    ['a lone surrogate', 'vic\ud800tim@x.test'],
    ['a local part of 65 octets', `${'a'.repeat(65)}@x.test`],
    ['an address of 255 octets', `a@${'a.'.repeat(124)}test1`],
    ['nothing', ''],
  ])('RC-13: refuses %s', (_, input) => {
    expectRefused(input);
  });

  it.each([
    ['a dotless i', 'm\u0131ke@x.test'],
    ['a dotted capital I', 'M\u0130KE@x.test'],
    ['an fi ligature', '\ufb01nance@x.test'],
    ['a Kelvin sign', 'mi\u212ae@x.test'],
    ['a long s', '\u017fam@x.test'],
    ['a sharp s', 'strau\u00df@x.test'],
    ['full-width letters', 'ｍｉｋｅ@x.test'],
    ['a full-width domain', 'mike@ｘ.test'],
    ['a Kelvin sign in the domain', 'mike@\u212a.test'],
    ['mathematical letters', '𝐦𝐢𝐤𝐞@x.test'],
    ['a superscript', 'mike²@x.test'],
    ['a Cyrillic е among Latin letters', 'mik\u0435@x.test'],
    ['a Greek ο among Latin letters', 'b\u03bfb@x.test'],
    ['a Cyrillic о in a Latin domain label', 'mike@g\u043eogle.test'],
    ['the same label as punycode', 'mike@xn--gogle-jye.test'],
  ])('RC-14: refuses %s instead of folding it', (_, input) => {
    expectRefused(input);
  });

  it('RC-14: no single character makes an address share the key of an ASCII address', () => {
    const taken = new Map<string, string>();
    for (const letter of 'abcdefghijklmnopqrstuvwxyz0123456789') {
      taken.set(parseEmailAddress(`m${letter}ke@x.test`).key, letter);
    }
    const colliding: string[] = [];
    for (let codePoint = 0x80; codePoint <= 0x1ffff; codePoint += 1) {
      if (codePoint >= 0xd800 && codePoint <= 0xdfff) continue;
      const key = guessIdentifier(`m${String.fromCodePoint(codePoint)}ke@x.test`);
      if (taken.has(key)) colliding.push(codePoint.toString(16));
    }
    expect(colliding).toEqual([]);
  });

  const spelledAddress = fc
    .tuple(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
      fc.domain(),
      fc.constantFrom('', '.'),
      fc.nat(3),
    )
    .map(([local, domain, dot, spaces]) => `${' '.repeat(spaces)}${local}@${domain}${dot}`);
  const anything = fc.oneof(
    fc.emailAddress(),
    spelledAddress,
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...'aA@.,;:<>"()[]\\ \r\n\0＠ıﬁKé-') }),
  );

  function parsedOrUndefined(input: string) {
    try {
      return parseEmailAddress(input);
    } catch {
      return undefined;
    }
  }

  it('RC-13: whatever is accepted has one recipient and no character with a meaning in a header', () => {
    let accepted = 0;
    fc.assert(
      fc.property(anything, (input) => {
        const parsed = parsedOrUndefined(input);
        if (parsed === undefined) return;
        accepted += 1;
        for (const text of [parsed.address, parsed.key]) {
          expect(text.match(/[@\uff20\ufe6b]/gu)).toHaveLength(1);
          expect(text).not.toMatch(/[\s\p{C}"(),:;<>[\]\\]/u);
        }
      }),
      { numRuns: 3000 },
    );
    expect(accepted).toBeGreaterThan(500);
  });

  it('LG-7: canonicalisation is idempotent', () => {
    fc.assert(
      fc.property(anything, (input) => {
        const parsed = parsedOrUndefined(input);
        if (parsed === undefined) return;
        expect(parseEmailAddress(parsed.address)).toEqual(parsed);
        expect(parseEmailAddress(parsed.key).key).toBe(parsed.key);
        expect(guessIdentifier(input)).toBe(parsed.key);
        expect(guessIdentifier(input.normalize('NFD'))).toBe(parsed.key);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('guessIdentifier', () => {
  it('LG-7: gives a bounded key to whatever was sent and never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.anything(), fc.string({ unit: 'binary', maxLength: 2000 })),
        (input) => {
          expect(guessIdentifier(input).length).toBeLessThanOrEqual(320);
        },
      ),
    );
  });

  it('LG-7: what is not an address never shares the counter of one', () => {
    for (const input of [
      '<alice@x.test>',
      'alice@x.test,',
      'no address',
      '',
      undefined,
      { a: 1 },
    ]) {
      expect(guessIdentifier(input)).toMatch(/^no address/);
    }
  });

  it.each([
    ['letters', 'a'.repeat(100_000)],
    ['dots', '.'.repeat(100_000)],
    ['dotted letters', 'a.'.repeat(50_000)],
    ['letters without an end', `${'a'.repeat(99_999)}!@x.test`],
    ['spaces', ' '.repeat(100_000)],
    ['marks', `a${'\u0301'.repeat(100_000)}@x.test`],
    ['expanding characters', '\ufdfa'.repeat(100_000)],
    ['dashes within the bound', `${'a-'.repeat(150)}@x.test`],
  ])('HT-10: 100,000 characters of %s are answered at once', (_, input) => {
    const before = process.cpuUsage();
    guessIdentifier(input);
    expect(() => parseEmailAddress(input)).toThrow();
    const spent = process.cpuUsage(before);
    expect(spent.user + spent.system).toBeLessThan(50_000);
  });
});
