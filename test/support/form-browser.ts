import { ORIGIN } from './auth-app';

/** What an answer says to a browser that runs no script. */
export interface FormAnswer {
  readonly status: number;
  /** Where a redirect leads to. */
  readonly location: string | null;
  readonly headers: Headers;
  readonly text: string;
  /** The code of a problem. */
  readonly code?: string;
  /** Raw `Set-Cookie` lines. */
  readonly cookies: readonly string[];
}

export type Fields = Readonly<Record<string, string>>;

export const FORM_TYPE = 'application/x-www-form-urlencoded';

/** A browser without script on a page of ours: it keeps cookies, reads pages and sends forms. */
export class FormBrowser {
  cookies: Record<string, string> = {};

  constructor(
    private readonly url: string,
    private readonly origin = ORIGIN,
  ) {}

  async get(path: string, headers: Fields = {}): Promise<FormAnswer> {
    return this.#keep(await this.#ask(path, { headers: this.#headers(headers) }));
  }

  /** Sends a form as a page of ours would; a header set to '' is left out. */
  async send(path: string, fields: Fields | string, headers: Fields = {}): Promise<FormAnswer> {
    const isJson = headers['Content-Type'] === 'application/json';
    const text = isJson ? JSON.stringify(fields) : new URLSearchParams(fields).toString();
    const body = typeof fields === 'string' ? fields : text;
    const all = { Origin: this.origin, 'Content-Type': FORM_TYPE, ...headers };
    return this.#keep(await this.#ask(path, { method: 'POST', body, headers: this.#headers(all) }));
  }

  /** A token for the next form. */
  async token(): Promise<string> {
    const { text } = await this.get('/auth/form-token');
    return (JSON.parse(text) as { formToken: string }).formToken;
  }

  async login(email: string, password: string, more: Fields = {}): Promise<FormAnswer> {
    const form_token = await this.token();
    return this.send('/auth/form/login', { form_token, email, password, ...more });
  }

  /** The same cookies in another place. */
  copy(): FormBrowser {
    const copy = new FormBrowser(this.url, this.origin);
    copy.cookies = { ...this.cookies };
    return copy;
  }

  #headers(given: Fields): Fields {
    const cookie = Object.entries(this.cookies).map(([name, value]) => `${name}=${value}`);
    const all: Fields = { Accept: 'text/html', Cookie: cookie.join('; '), ...given };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
  }

  async #ask(path: string, init: RequestInit): Promise<FormAnswer> {
    const answer = await fetch(this.url + path, { redirect: 'manual', ...init });
    const text = await answer.text();
    const isProblem = answer.headers.get('content-type')?.includes('problem+json') ?? false;
    return {
      status: answer.status,
      location: answer.headers.get('location'),
      headers: answer.headers,
      text,
      code: isProblem ? (JSON.parse(text) as { code: string }).code : undefined,
      cookies: answer.headers.getSetCookie(),
    };
  }

  #keep(answer: FormAnswer): FormAnswer {
    for (const line of answer.cookies) {
      const [pair = ''] = line.split(';');
      const at = pair.indexOf('=');
      const name = pair.slice(0, at);
      if (line.includes('Max-Age=0')) Reflect.deleteProperty(this.cookies, name);
      else this.cookies[name] = pair.slice(at + 1);
    }
    return answer;
  }
}
