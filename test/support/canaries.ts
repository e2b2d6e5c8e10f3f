/** Secrets by the name under which a finding is reported. */
export type Canaries = Readonly<Record<string, string | Buffer>>;

/** Shorter pieces would be found by chance. */
const MIN_PIECE = 8;

/** Every spelling of a secret that something may write by mistake. */
export function spellingsOf(secret: string | Buffer): readonly string[] {
  const bytes = Buffer.from(secret);
  const text = typeof secret === 'string' ? [secret] : [];
  const spelt = [
    ...text,
    ...text.map((one) => JSON.stringify(one).slice(1, -1)),
    ...text.map((one) => encodeURIComponent(one)),
    ...text.map((one) => new URLSearchParams({ '': one }).toString().slice(1)),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    ...[0, 1, 2].flatMap((offset) => withinBase64(bytes, offset)),
  ];
  return [...new Set(spelt)].filter(({ length }) => length >= MIN_PIECE);
}

/** Inside something longer the bytes begin at any of three places; what neighbours reach into is cut off. */
function withinBase64(bytes: Buffer, offset: number): string[] {
  const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
  const from = Math.ceil((offset * 8) / 6);
  const to = Math.floor((padded.length * 8) / 6);
  return (['base64', 'base64url'] as const).map((encoding) =>
    padded.toString(encoding).slice(from, to),
  );
}

/** The names of the secrets that a text holds, in whatever spelling. */
export function canariesIn(text: string, canaries: Canaries): string[] {
  return Object.entries(canaries)
    .filter(([, secret]) => spellingsOf(secret).some((spelling) => text.includes(spelling)))
    .map(([name]) => name);
}
