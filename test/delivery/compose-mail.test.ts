import { composeMail, type MailWords } from '../../src/delivery/compose-mail';
import { naughtyStrings } from '../support/naughty-strings';

const WORDS: MailWords = {
  subject: 'New sign-in',
  greeting: 'Hello Ada,',
  paragraphs: ['Somebody signed in.'],
  facts: [{ label: 'Device', value: 'Firefox on Windows' }],
  advice: ['Was it you?'],
  link: 'https://app.example.org/account?a=1&b=2',
};

/** Everything that markup consists of, in the order in which it stands there. */
function tagsOf(html: string): string {
  return (html.match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/ .*/s, '')).join('');
}

/** The same text in every place that takes one. */
function wordsOf(value: string): MailWords {
  return {
    ...WORDS,
    subject: value,
    greeting: value,
    paragraphs: [value],
    facts: [{ label: value, value }],
    advice: [value],
  };
}

describe('a composed mail', () => {
  it('says the same in text and in HTML', () => {
    const { subject, text, html } = composeMail(WORDS);
    expect(subject).toBe('New sign-in');
    expect(text).toBe(
      'Hello Ada,\n\nSomebody signed in.\n\nDevice: Firefox on Windows\n\nWas it you?\n\nhttps://app.example.org/account?a=1&b=2\n',
    );
    for (const words of [
      'Hello Ada,',
      'Somebody signed in.',
      'Firefox on Windows',
      'Was it you?',
    ]) {
      expect(html).toContain(words);
    }
    expect(html).toContain('<a href="https://app.example.org/account?a=1&amp;b=2">');
  });

  it('fetches nothing when it is opened and follows nobody', () => {
    const { html } = composeMail(WORDS);
    expect(html).not.toMatch(/<(?:img|script|link|iframe|object|form|base)|url\(|@import|src=/i);
    expect(html?.match(/https?:/g)).toHaveLength(2);
  });

  it('HT-9, HT-11: keeps the markup, the lines and the length that it has, whatever it is given', () => {
    const expected = tagsOf(composeMail(wordsOf('plain')).html ?? '');
    const lines = composeMail(wordsOf('plain')).text.split('\n').length;
    const blank = composeMail(wordsOf('')).text.split('\n').length;
    const strings = naughtyStrings();
    for (const value of strings) {
      const { subject, text, html } = composeMail(wordsOf(value));
      expect(tagsOf(html ?? '')).toBe(expected);
      // A text of nothing but control characters leaves its paragraph out.
      expect([lines, blank]).toContain(text.split('\n').length);
      expect(`${subject}${text.replaceAll('\n', '')}`).not.toMatch(
        /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u,
      );
      expect(subject.length).toBeLessThanOrEqual(150);
      expect(text.length).toBeLessThan(4000);
      expect(html?.length).toBeLessThan(20_000);
    }
    expect(strings.length).toBeGreaterThan(10);
  });

  it.each([
    'javascript:alert(1)',
    'data:text/html,<b>',
    'not a link',
    '//evil.example',
    'file:///etc',
  ])('HT-11: leaves out the link %j, which is no web address', (link) => {
    const { text, html } = composeMail({ ...WORDS, link });
    expect(html).not.toContain('href');
    expect(text).not.toContain(link);
  });

  it('takes the language of its words, and nothing that only claims to be one', () => {
    expect(composeMail({ ...WORDS, language: 'de-CH' }).html).toContain('<html lang="de-CH">');
    expect(composeMail({ ...WORDS, language: '"><b>' }).html).toContain('<html lang="en">');
  });

  it('HT-10: is made in no time of 100,000 characters', () => {
    const startedAt = performance.now();
    for (const value of [' '.repeat(100_000), '<&'.repeat(50_000), '\u202e'.repeat(100_000)]) {
      composeMail(wordsOf(value));
    }
    expect(performance.now() - startedAt).toBeLessThan(150);
  });
});
