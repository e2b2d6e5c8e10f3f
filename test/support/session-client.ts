import type { Response } from 'supertest';
import { ORIGIN, PASSWORD, type AuthApp } from './auth-app';

export const REFRESH_COOKIE = '__Host-portcullis-refresh';
export const SESSION_COOKIE = '__Host-portcullis-session';

/** What a browser keeps of an answer: the values of its cookies by name. */
export function cookiesOf(response: Response): Record<string, string> {
  const lines = response.get('Set-Cookie') ?? [];
  return Object.fromEntries(
    lines.map((line) => {
      const [pair = ''] = line.split(';');
      const at = pair.indexOf('=');
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/** A native client: tokens travel in bodies. */
export class BodyClient {
  refreshToken = '';
  accessToken = '';
  sessionId = '';

  constructor(private readonly app: AuthApp) {}

  async login(email: string, password = PASSWORD): Promise<Response> {
    const response = await this.app.post('/auth/login', { email, password, transport: 'body' });
    return this.#keep(response);
  }

  async refresh(headers: Record<string, string> = {}): Promise<Response> {
    return this.#keep(await this.send(this.refreshToken, headers));
  }

  /** Presents a refresh token without keeping the answer. */
  send(refreshToken: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.app.post('/auth/refresh', { refresh_token: refreshToken }).set(headers);
  }

  get(path: string, accessToken = this.accessToken): Promise<Response> {
    return this.app.get(path).set('Authorization', `Bearer ${accessToken}`);
  }

  async logout(body: object = {}): Promise<Response> {
    return this.app.post('/auth/logout', { refresh_token: this.refreshToken, ...body });
  }

  #keep(response: Response): Response {
    if (response.status === 200) {
      const body = response.body as {
        refresh_token: string;
        access_token: string;
        session: { id: string };
      };
      this.refreshToken = body.refresh_token;
      this.accessToken = body.access_token;
      this.sessionId = body.session.id;
    }
    return response;
  }
}

/** A browser on an allowed page: cookies, `Origin` and the header that simple requests cannot carry. */
export class BrowserClient {
  cookies: Record<string, string> = {};
  accessToken = '';
  sessionId = '';

  constructor(private readonly app: AuthApp) {}

  async login(email: string, password = PASSWORD): Promise<Response> {
    return this.keep(await this.request('/auth/login', { email, password }));
  }

  async refresh(headers: Record<string, string> = {}): Promise<Response> {
    return this.keep(await this.request('/auth/refresh', {}, headers));
  }

  async logout(body: object = {}): Promise<Response> {
    return this.keep(await this.request('/auth/logout', body));
  }

  /** Posts as a page of ours would; a header set to '' is left out. */
  request(
    path: string,
    body: object | string = {},
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const all = { Origin: ORIGIN, 'x-csrf': '1', Cookie: this.cookieHeader(), ...headers };
    const sent = Object.entries(all).filter(([, value]) => value !== '');
    return this.app.post(path, body).set(Object.fromEntries(sent));
  }

  cookieHeader(): string {
    return Object.entries(this.cookies)
      .map(([name, value]) => `${name}=${value}`)
      .join('; ');
  }

  /** Keeps what a browser keeps of an answer. */
  protected keep(response: Response): Response {
    const kept = Object.entries({ ...this.cookies, ...cookiesOf(response) });
    this.cookies = Object.fromEntries(kept.filter(([, value]) => value !== ''));
    if (response.status === 200) {
      const body = response.body as { access_token?: string; session?: { id: string } };
      this.accessToken = body.access_token ?? this.accessToken;
      this.sessionId = body.session?.id ?? this.sessionId;
    }
    return response;
  }
}

/** A browser with a session cookie and no token: it reads and writes like any page of ours. */
export class PageClient extends BrowserClient {
  constructor(private readonly at: AuthApp) {
    super(at);
  }

  get secretId(): string {
    return this.cookies[SESSION_COOKIE] ?? '';
  }

  override async login(email: string, password = PASSWORD): Promise<Response> {
    return this.keep(await this.request('/auth/login', { email, password, transport: 'session' }));
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.keep(await this.look(path, headers));
  }

  async post(
    path: string,
    body: object = {},
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return this.keep(await this.request(path, body, headers));
  }

  /** Reads without keeping the cookies of the answer, as when it is lost. */
  look(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.at.get(path).set({ Cookie: this.cookieHeader(), ...headers });
  }

  /** The same cookies in another place: another tab before an answer arrives, or a thief. */
  copy(): PageClient {
    const copy = new PageClient(this.at);
    copy.cookies = { ...this.cookies };
    copy.sessionId = this.sessionId;
    return copy;
  }
}

let people = 0;

/** Somebody new with roles, and their browser with a session cookie. */
export async function signedInPage(
  app: AuthApp,
  ...roles: string[]
): Promise<{ readonly email: string; readonly accountId: string; readonly page: PageClient }> {
  const email = `page-${(people += 1)}@example.test`;
  const accountId = await app.createAccount(email, ...roles);
  const page = new PageClient(app);
  await page.login(email);
  return { email, accountId, page };
}

/** The status of an answer and the code of its problem. */
export function said(response: Response): readonly [number, unknown] {
  return [response.status, response.body.code];
}
