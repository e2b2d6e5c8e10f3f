/** Text that is HTML already, and safe to put into a page. */
export class Html {
  constructor(readonly text: string) {}
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

type Part = Html | string | number | readonly Html[];

/**
 * Makes HTML of a template. Everything put into it is encoded for text and for quoted attributes, unless
 * it is {@link Html} itself. Put nothing foreign where that does not help: in an attribute without quotes,
 * in front of a URL, in a script or a style.
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(
    strings.reduce((text, next, index) => `${text}${render(parts[index - 1] ?? '')}${next}`),
  );
}

/** Nothing, where something may stand. */
export const NOTHING = new Html('');

function render(part: Part): string {
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(({ text }) => text).join('');
  return String(part).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
