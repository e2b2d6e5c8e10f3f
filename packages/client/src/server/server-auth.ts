import { AuthError } from '../auth-error.js';
import { safeReturnTo } from '../return-to.js';
import type { AuthState, Permission, SignedIn } from '../state.js';
import { errorOf, sessionAnswerOf, signedInOf } from '../wire.js';
import { checkApiPath } from './api-path.js';
import { checkServerAuthOptions, type ServerAuthOptions } from './server-auth-options.js';
import { cookiesForBrowser, jsonWithin } from './session-answer.js';
import {
  headersOfQuestion,
  headersOfReading,
  type Asking,
  type Forwarding,
} from './session-request.js';

/** Who is signed in, as the API says; it holds no token and no secret. */
export interface ServerSession extends SignedIn {
  /** When the session ends unless it is used again; RFC 3339. */
  readonly expiresAt: string;
}

/** What a page asks of whoever wants to see it. */
export interface RequireOptions {
  readonly permission?: Permission;
}

interface Reading {
  readonly session: ServerSession | null;
  readonly cookies: readonly string[];
}

const NOBODY: Reading = { session: null, cookies: [] };

/**
 * Reads the session of a request on a server that renders pages (transport `session`). It never signs
 * in, renews or ends anything, and it decides nothing that the API does not decide again.
 *
 * @example
 * const auth = createServerAuth({ baseUrl: 'http://127.0.0.1:3000/auth' });
 * const session = await auth.requireSession(request, { permission: 'invoices:read' });
 * return new Response(render(session.user), { headers: auth.headers(request) });
 */
export function createServerAuth(options: ServerAuthOptions): ServerAuth {
  return new ServerAuth(options);
}

/** See {@link createServerAuth}. One for each API, kept while the server lives. */
export class ServerAuth {
  readonly #url: string;
  readonly #loginPage: string;
  readonly #forwarding: Forwarding;
  readonly #timeoutMs: number;
  readonly #fetch: typeof fetch;
  readonly #readings = new WeakMap<Request, Promise<Reading>>();
  readonly #cookies = new WeakMap<Request, readonly string[]>();

  /** @throws TypeError that names the option, for one that could not work */
  constructor({
    baseUrl,
    loginPage = '/login',
    forward = ['user-agent', 'accept-language'],
    timeoutMs = 5000,
    fetch: send = fetch,
    clientAddress,
  }: ServerAuthOptions) {
    checkServerAuthOptions({ baseUrl, loginPage, forward, timeoutMs });
    this.#url = `${baseUrl.replace(/\/$/, '')}/session`;
    this.#loginPage = loginPage;
    this.#forwarding = { headers: forward, clientAddress };
    this.#timeoutMs = timeoutMs;
    this.#fetch = send;
  }

  /**
   * Who is signed in; null for nobody. The API is asked once for each request object. A page that is
   * looked at counts as use of the session, as a request of its browser to the API would; one that the
   * browser fetches ahead does not.
   *
   * @throws AuthError where the API cannot say: `network`, `timeout`, `protocol`, `throttled`,
   * `overloaded`, `database_unavailable` and the like. That is not nobody.
   */
  async getSession(request: Request): Promise<ServerSession | null> {
    let reading = this.#readings.get(request);
    if (reading === undefined) {
      reading = this.#read(request);
      this.#readings.set(request, reading);
    }
    const { session, cookies } = await reading;
    this.#keep(request, cookies);
    return session;
  }

  /**
   * Reads something else of the API in the name of the browser that asks for a page. The API gets what
   * {@link getSession} hands on, and the cookie of its forms, each as the browser has it after this answer;
   * it decides as if the browser had asked.
   *
   * @param path begins with a slash, and is of the origin of `baseUrl`. Encode what people wrote before
   * it becomes a part of it; a segment of dots, which no encoding hides, is refused
   * @returns the answer as it is, a refusal or a redirect too. Read or cancel its body within `timeoutMs`,
   * after which reading it throws a `TimeoutError`. Its headers are for this server, not for the browser
   * @throws AuthError `network`, `timeout`; TypeError for a path that leads elsewhere
   *
   * @example
   * const answer = await auth.fetch(request, `/invoices/${encodeURIComponent(id)}`);
   * const page = answer.ok ? render(await answer.json()) : notFound;
   * return new Response(page, { headers: auth.headers(request) });
   */
  async fetch(request: Request, path: string): Promise<Response> {
    checkApiPath(path);
    const url = new URL(this.#url).origin + path;
    const headers = headersOfReading(this.#asking(request), this.#forwarding);
    const answer = await this.#ask(url, headers, (response) => Promise.resolve(response));
    this.#keep(request, cookiesForBrowser(answer.headers));
    return answer;
  }

  /** The cookies that the API set while it was read for this request. {@link headers} adds them. */
  cookies(request: Request): readonly string[] {
    return this.#cookies.get(request) ?? [];
  }

  /**
   * The session, for a page that demands one.
   *
   * @throws Response 303 to the login page with `returnTo`, 403 without the permission, 503 (with
   * `Retry-After`) where the API cannot say. Send it as it is
   */
  async requireSession(
    request: Request,
    { permission }: RequireOptions = {},
  ): Promise<ServerSession> {
    const session = await this.getSession(request).catch((error: unknown) => {
      throw this.#refuse(request, 503, retryAfterOf(error));
    });
    if (session === null) throw this.#refuse(request, 303, { location: this.loginUrl(request) });
    if (permission !== undefined && !session.permissions.includes(permission)) {
      throw this.#refuse(request, 403);
    }
    return session;
  }

  /** The login page, which leads back to where a GET request wanted to go. */
  loginUrl(request: Request): string {
    const { origin, pathname, search } = new URL(request.url);
    const isPage = request.method === 'GET' || request.method === 'HEAD';
    const returnTo = isPage ? safeReturnTo(pathname + search, origin) : undefined;
    const query = returnTo === undefined ? '' : `?${new URLSearchParams({ returnTo }).toString()}`;
    return this.#loginPage + query;
  }

  /**
   * The state that the browser's client begins with. A session that is left out is nobody's. Member by
   * member, so that nothing which an API says besides gets into a page (CK-2).
   */
  initialState(session: ServerSession | null): AuthState {
    if (session === null) return { status: 'anonymous', reason: 'never' };
    const { id, email, emailVerified, displayName } = session.user;
    const { createdAt, amr, authTime, tenantId } = session.session;
    return {
      status: 'authenticated',
      user: { id, email, emailVerified, displayName },
      session: { id: session.session.id, createdAt, amr, authTime, tenantId },
      roles: session.roles,
      permissions: session.permissions,
      authorityVersion: session.authorityVersion,
    };
  }

  /**
   * Adds what an answer to this request has to say: that no cache may keep it, and the cookie of a
   * session whose id the API replaced while it was read (SS-1). Call it after the API was read.
   *
   * @returns the same headers
   */
  headers(request: Request, headers: Headers = new Headers()): Headers {
    headers.set('cache-control', 'private, no-store');
    headers.append('vary', 'Cookie');
    for (const cookie of this.cookies(request)) headers.append('set-cookie', cookie);
    return headers;
  }

  async #read(request: Request): Promise<Reading> {
    const headers = headersOfQuestion(this.#asking(request), this.#forwarding);
    if (headers === undefined) return NOBODY;
    const { response, body } = await this.#ask(this.#url, headers, async (answer) => ({
      response: answer,
      body: await jsonWithin(answer),
    }));
    const cookies = cookiesForBrowser(response.headers);
    if (response.ok && body !== undefined) {
      const answer = sessionAnswerOf(body);
      return { session: { ...signedInOf(answer), expiresAt: answer.session.expiresAt }, cookies };
    }
    const error = errorOf(response, body);
    // Two cookies of one name: one of them was planted, so nobody is signed in by either (CK-5).
    if (error.endsSession || error.code === 'ambiguous_credentials') return { ...NOBODY, cookies };
    throw error;
  }

  async #ask<Answer>(
    url: string,
    headers: Headers,
    read: (response: Response) => Promise<Answer>,
  ): Promise<Answer> {
    const signal = AbortSignal.timeout(this.#timeoutMs);
    try {
      // Followed, a redirect would take the cookie along.
      const init: RequestInit = { headers, redirect: 'manual', cache: 'no-store', signal };
      return await read(await this.#fetch(url, init));
    } catch (cause) {
      throw new AuthError({ code: signal.aborted ? 'timeout' : 'network', cause });
    }
  }

  #asking(request: Request): Asking {
    return { request, set: this.cookies(request) };
  }

  #keep(request: Request, cookies: readonly string[]): void {
    this.#cookies.set(request, [...new Set([...this.cookies(request), ...cookies])]);
  }

  #refuse(request: Request, status: number, extra: Record<string, string> = {}): Response {
    return new Response(null, { status, headers: this.headers(request, new Headers(extra)) });
  }
}

function retryAfterOf(error: unknown): Record<string, string> {
  if (!(error instanceof AuthError)) throw error;
  const seconds = Math.ceil(error.retryAfterSeconds ?? 1);
  return { 'retry-after': String(Number.isFinite(seconds) ? Math.max(1, seconds) : 1) };
}
