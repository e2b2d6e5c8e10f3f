/** One request as its sender saw it. Times are milliseconds of `performance.now()`. */
export interface RecordedAnswer {
  readonly what: string;
  readonly instance: number;
  readonly askedAt: number;
  readonly answeredAt: number;
  /** 0 where the connection ended without an answer. */
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Headers;
}

/** What is asked of which instance. */
export interface Question {
  readonly url: string;
  readonly instance?: number;
  readonly method?: string;
  readonly path: string;
  readonly token?: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Far beyond every limit of the server, so that a hanging answer is measured and not cut off. */
const PATIENCE_MILLISECONDS = 30_000;

/** Asks, and never throws: a connection that ends is an observation too. */
export async function record(question: Question): Promise<RecordedAnswer> {
  const { url, instance = 0, method = 'GET', path, token, body, headers } = question;
  const askedAt = performance.now();
  const about = { what: `${method} ${path}`, instance, askedAt };
  try {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
    });
    const text = await response.text();
    return {
      ...about,
      answeredAt: performance.now(),
      status: response.status,
      body: text === '' ? {} : (JSON.parse(text) as RecordedAnswer['body']),
      headers: response.headers,
    };
  } catch {
    return {
      ...about,
      answeredAt: performance.now(),
      status: 0,
      body: {},
      headers: new Headers(),
    };
  }
}
