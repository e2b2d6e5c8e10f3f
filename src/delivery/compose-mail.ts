import type { Mail } from '../options/message-sender';
import { toPrintable } from '../requests/printable';

/** The words of a mail, in whatever language. Every value is encoded, so none can be markup. @publicApi */
export interface MailWords {
  /** BCP 47 tag of the language. @default 'en' */
  readonly language?: string;
  readonly subject: string;
  /** Such as `Hello Ada,`. */
  readonly greeting: string;
  /** Above the facts. */
  readonly paragraphs: readonly string[];
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  /** Below the facts: what to do. */
  readonly advice: readonly string[];
  /** A page of yours. It is shown as it is: never put a secret into it. */
  readonly link?: string;
}

const MAX_SUBJECT = 150;
const MAX_LINE = 200;
const MAX_PARAGRAPH = 1000;
const LANGUAGE = /^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$/;

/**
 * Lays words out as a plain text and as HTML that says the same: no picture, no script, nothing that is
 * fetched when the mail is opened.
 *
 * Each text becomes one line without control or formatting characters, of bounded length: a name can
 * neither begin a header or a paragraph, nor turn the text around it, nor fill the mail (HT-9, HT-11).
 *
 * @publicApi
 */
export function composeMail(words: MailWords): Mail {
  const clean = cleanWords(words);
  return { subject: clean.subject, text: textOf(clean), html: htmlOf(clean) };
}

type CleanWords = MailWords & { readonly language: string };

function cleanWords(words: MailWords): CleanWords {
  const language = words.language ?? 'en';
  return {
    language: LANGUAGE.test(language) ? language : 'en',
    subject: oneLine(words.subject, MAX_SUBJECT),
    greeting: oneLine(words.greeting, MAX_LINE),
    paragraphs: words.paragraphs.map((text) => oneLine(text, MAX_PARAGRAPH)),
    facts: words.facts.map(({ label, value }) => ({
      label: oneLine(label, MAX_LINE),
      value: oneLine(value, MAX_LINE),
    })),
    advice: words.advice.map((text) => oneLine(text, MAX_PARAGRAPH)),
    link: words.link === undefined ? undefined : webAddress(words.link),
  };
}

function oneLine(text: string, maxLength: number): string {
  // Bounded first: the expressions below need not see more.
  const bounded = text.slice(0, maxLength * 4);
  return toPrintable(bounded.replace(/\s+/gu, ' '), maxLength).trim();
}

/** Nothing but a web address may stand behind `href`, least of all `javascript:`. */
function webAddress(link: string): string | undefined {
  const url = URL.canParse(link) ? new URL(link) : undefined;
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url.href : undefined;
}

function textOf({ greeting, paragraphs, facts, advice, link }: CleanWords): string {
  const blocks = [
    greeting,
    ...paragraphs,
    facts.map(({ label, value }) => `${label}: ${value}`).join('\n'),
    ...advice,
    link,
  ];
  return `${blocks.filter(Boolean).join('\n\n')}\n`;
}

const PAGE = 'margin:0;padding:24px;background:#ffffff;color:#1a1a1a';
const COLUMN =
  'max-width:560px;margin:0 auto;font:16px/1.5 system-ui,-apple-system,Segoe UI,sans-serif';
const LABEL = 'padding:4px 16px 4px 0;color:#595959;text-align:left;vertical-align:top';

function htmlOf({
  language,
  subject,
  greeting,
  paragraphs,
  facts,
  advice,
  link,
}: CleanWords): string {
  const rows = facts.map(
    ({ label, value }) =>
      `<tr><th scope="row" style="${LABEL};font-weight:normal">${encode(label)}</th>` +
      `<td style="padding:4px 0"><bdi>${encode(value)}</bdi></td></tr>`,
  );
  return [
    `<!doctype html><html lang="${language}"><head><meta charset="utf-8">`,
    `<meta name="viewport" content="width=device-width"><title>${encode(subject)}</title></head>`,
    `<body style="${PAGE}"><div style="${COLUMN}">`,
    ...[greeting, ...paragraphs].map(paragraph),
    `<table style="border-collapse:collapse">${rows.join('')}</table>`,
    ...advice.map(paragraph),
    link === undefined ? '' : `<p><a href="${encode(link)}">${encode(link)}</a></p>`,
    '</div></body></html>',
  ].join('\n');
}

function paragraph(text: string): string {
  return `<p>${encode(text)}</p>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function encode(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
