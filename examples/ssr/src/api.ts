import type { Request, Response } from 'express';

/** What the API answered instead of what was asked for. */
export class ApiRefusal extends Error {
  constructor(readonly status: number) {
    super(`the API answered ${status}`);
  }
}

/** The cookies that the API reads on the way of this example. No other one leaves this server. */
const COOKIES = /^(?:__Host-)?portcullis-(?:session|form)=/;
const TIMEOUT_MS = 5000;

/** Reads the API in the name of the browser that asks for a page. */
export class Api {
  constructor(private readonly url: string) {}

  /**
   * @throws ApiRefusal for an answer that is no 2xx; TypeError or DOMException where there is none
   */
  async get<Answer>(path: string, asked: Request, answer: Response): Promise<Answer> {
    const headers = new Headers({
      accept: 'application/json',
      cookie: cookiesOf(asked),
      'x-forwarded-for': asked.socket.remoteAddress ?? '',
    });
    const userAgent = asked.get('user-agent');
    if (userAgent !== undefined) headers.set('user-agent', userAgent);
    const from = await fetch(this.url + path, {
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    for (const cookie of from.headers.getSetCookie().filter(isForTheBrowser)) {
      answer.append('set-cookie', cookie);
    }
    if (!from.ok) {
      await from.body?.cancel();
      throw new ApiRefusal(from.status);
    }
    return (await from.json()) as Answer;
  }
}

/** Those of a balancer in front of the API are for this server. */
function isForTheBrowser(cookie: string): boolean {
  return /^(?:__Host-)?portcullis-(?:session|hint|form)=/.test(cookie);
}

function cookiesOf(asked: Request): string {
  return (
    (asked.headers.cookie ?? '')
      .split(';')
      // Not trim(): what it takes besides, a neighbouring host may have put in front of the name.
      .map((cookie) => cookie.replace(/^[ \t]+|[ \t]+$/g, ''))
      .filter((cookie) => COOKIES.test(cookie))
      .join('; ')
  );
}
