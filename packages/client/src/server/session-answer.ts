/** Several times what a catalogue of ten thousand permissions takes. */
const MAX_BYTES = 2 * 1024 * 1024;

/** What the API sets while it is read: a new id of a session, the hint beside it, the cookie of a form to sign in. */
const COOKIES = /^(?:__Host-)?portcullis-(?:session|hint|form)=/;
const FOR_A_WHOLE_DOMAIN = /;[ \t]*domain[ \t]*(?:=|;|$)/i;

/**
 * The body of an answer that is JSON; undefined for anything else, and for more of it than an API of ours
 * would say. What is not read is let go, so that no connection stays open behind it.
 *
 * @throws whatever the connection fails with
 */
export async function jsonWithin(response: Response): Promise<unknown> {
  const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
  if (!isJson) return letGo(response.body);
  const text = await textWithin(response);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The cookies of an answer that are the browser's to have. Balancers on the way to the API set others, for
 * this server; and one for a whole domain would be every neighbour's (CK-1).
 */
export function cookiesForBrowser(headers: Headers): readonly string[] {
  return headers
    .getSetCookie()
    .filter((cookie) => COOKIES.test(cookie) && !FOR_A_WHOLE_DOMAIN.test(cookie));
}

async function textWithin({ body }: Response): Promise<string | undefined> {
  const reader = body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let length = 0;
  for (;;) {
    const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
    if (value === undefined || done) return text + decoder.decode();
    length += value.byteLength;
    if (length > MAX_BYTES) return letGo(reader);
    text += decoder.decode(value, { stream: true });
  }
}

async function letGo(source: { cancel(): Promise<void> } | null | undefined): Promise<undefined> {
  await source?.cancel();
}
