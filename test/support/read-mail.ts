/** A mail as a program reads it. */
export interface ReadMail {
  /** By name in lower case, unfolded; every value in its order. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly text: string;
  readonly html: string;
}

/** Reads a mail of one or two parts (RFC 5322, RFC 2045). It knows what our mails are made of, no more. */
export function readMail(raw: string): ReadMail {
  const { headers, body } = split(raw);
  const boundary = /boundary="([^"]+)"/.exec(headers['content-type']?.[0] ?? '')?.[1];
  const parts = boundary === undefined ? [{ headers, body }] : partsOf(body, boundary);
  const part = (type: string) => {
    const found = parts.find((one) => one.headers['content-type']?.[0]?.startsWith(type));
    return found === undefined ? '' : decode(found.body, found.headers).replaceAll('\r\n', '\n');
  };
  return { headers, text: part('text/plain'), html: part('text/html') };
}

interface Part {
  readonly headers: ReadMail['headers'];
  readonly body: string;
}

function split(raw: string): Part {
  const end = raw.indexOf('\r\n\r\n');
  const headers: Record<string, string[]> = {};
  for (const line of raw
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')) {
    const at = line.indexOf(':');
    (headers[line.slice(0, at).toLowerCase()] ??= []).push(decodeWords(line.slice(at + 1).trim()));
  }
  return { headers, body: raw.slice(end + 4) };
}

function partsOf(body: string, boundary: string): Part[] {
  const [, ...parts] = body.split(`--${boundary}`);
  return parts.filter((part) => part.startsWith('\r\n')).map((part) => split(part.slice(2)));
}

function decode(body: string, headers: ReadMail['headers']): string {
  const encoding = headers['content-transfer-encoding']?.[0];
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString();
  return encoding === 'quoted-printable' ? quotedPrintable(body.replace(/=\r\n/g, '')) : body;
}

function quotedPrintable(text: string): string {
  const bytes = text.replace(/=([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString();
}

/** Encoded words of headers (RFC 2047). */
function decodeWords(value: string): string {
  return value
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([QB])\?([^?]*)\?=/gi, (_, kind: string, text: string) =>
      kind.toUpperCase() === 'B'
        ? Buffer.from(text, 'base64').toString()
        : quotedPrintable(text.replaceAll('_', ' ')),
    );
}
