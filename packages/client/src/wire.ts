import { isShared, type SharedAccess } from './access.js';
import { AuthError, type Challenge, type FieldError } from './auth-error.js';
import type { Browser } from './browser.js';
import type { CurrentSessionAnswer, IssuedAnswer } from './contract.gen.js';
import type { SignedIn, User } from './state.js';

/** How long we wait for an answer of the server. */
const TIMEOUT_MS = 10_000;

/**
 * The answer of login and refresh; that of `GET /auth/session` has no token. Its roles and permissions
 * are those that the team registered.
 */
export type SessionAnswer = Omit<CurrentSessionAnswer, 'roles' | 'permissions'> &
  Pick<SignedIn, 'roles' | 'permissions'> &
  Pick<IssuedAnswer, 'access_token' | 'expires_in'>;

/** What one call to our own routes is made of. */
export interface Call {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: object | undefined;
  /** The credential; undefined where cookies carry everything. */
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** Lets the request outlive the page. */
  readonly keepalive?: boolean;
}

/** Speaks to the routes below `/auth`. */
export class Wire {
  readonly #browser: Browser;
  readonly #baseUrl: string;

  constructor(browser: Browser, baseUrl: string) {
    this.#browser = browser;
    this.#baseUrl = baseUrl;
  }

  /**
   * @returns the body of the answer; undefined for one without content
   * @throws AuthError with the code of the server; `offline`, `network`, `timeout` where no answer
   * came, or not all of it; `protocol` where it came from somebody else, such as a proxy's login page
   */
  async send(
    path: string,
    { method = 'POST', body, token, headers, keepalive = false }: Call = {},
  ): Promise<unknown> {
    const browser = this.#browser;
    const aborter = new AbortController();
    const timer = browser.setTimeout(() => aborter.abort(), TIMEOUT_MS);
    let response: Response;
    let read: unknown;
    try {
      response = await browser.fetch(this.#baseUrl + path, {
        method,
        credentials: 'include',
        // Our server redirects nothing; whoever does would have the password. Its answers forbid caches themselves.
        redirect: 'error',
        keepalive,
        signal: aborter.signal,
        headers: {
          'x-csrf': '1',
          ...(body && { 'content-type': 'application/json' }),
          ...(token && { authorization: `Bearer ${token}` }),
          ...headers,
        },
        body: body ? JSON.stringify(body) : null,
      });
      read = await response.json().catch(() => undefined);
      // Its head was no promise that all of it comes.
      aborter.signal.throwIfAborted();
    } catch (cause) {
      const isOut = aborter.signal.aborted;
      const code = isOut ? 'timeout' : browser.isOnline() ? 'network' : 'offline';
      throw new AuthError({ code, cause });
    } finally {
      browser.clearTimeout(timer);
    }
    if (response.ok && (read !== undefined || response.status === 204)) return read;
    throw errorOf(response, read);
  }
}

/**
 * Who an answer, a message or a state says is signed in, and nothing else that it says.
 *
 * @param known of the same session: an answer that was under way for long may know an older authority and proof
 */
export function signedInOf(answer: SignedIn, known = answer): SignedIn {
  const { session } = known.session.authTime > answer.session.authTime ? known : answer;
  const { id, createdAt, amr, authTime, tenantId } = session;
  const { roles, permissions, authorityVersion } =
    known.authorityVersion > answer.authorityVersion ? known : answer;
  return {
    user: answer.user,
    session: { id, createdAt, amr, authTime, tenantId },
    roles,
    permissions,
    authorityVersion,
  };
}

/** Whether something has all that a page relies on of somebody who is signed in. */
export function isSignedIn(given: unknown): given is SignedIn {
  const { user, session, roles, permissions, authorityVersion } = Object(
    given,
  ) as Partial<SignedIn>;
  const { id, email, displayName } = Object(user) as Partial<User>;
  const texts = [id, email, displayName ?? '', session?.id, session?.authTime];
  return (
    [texts, roles, permissions].every((list) => Array.isArray(list) && list.every(isText)) &&
    Number.isSafeInteger(authorityVersion)
  );
}

function isText(given: unknown): boolean {
  return typeof given === 'string';
}

/** @throws AuthError `protocol` for anything that our server does not answer */
export function sessionAnswerOf(body: unknown): SessionAnswer {
  if (!isSignedIn(body)) throw new AuthError({ code: 'protocol' });
  return body as SessionAnswer;
}

/** The access token of an answer. @throws AuthError `protocol` where it has none that lives */
export function accessOf({ access_token, expires_in = 0, session }: SessionAnswer): SharedAccess {
  const access = {
    token: access_token,
    generation: session.generation,
    life: expires_in * 1000,
  };
  if (!isShared(access)) throw new AuthError({ code: 'protocol' });
  return access;
}

/** A whole number in a header; undefined for anything else. */
export function numberOf({ headers }: Response, name: string): number | undefined {
  const text = headers.get(name);
  return /^\d{1,15}$/.test(text ?? '') ? Number(text) : undefined;
}

/** Problem documents of ours (RFC 9457) name their code; a proxy in between does not. */
export function errorOf(response: Response, body: unknown): AuthError {
  const given = Object(body) as Problem;
  const isOurs = typeof given.code === 'string';
  const { code, requestId, errors, challenge }: Problem = isOurs ? given : { code: 'protocol' };
  return new AuthError({
    code,
    status: response.status,
    retryAfterSeconds: numberOf(response, 'retry-after'),
    requestId,
    fields: Array.isArray(errors) ? errors : undefined,
    challenge,
  });
}

interface Problem {
  readonly code: string;
  readonly requestId?: string;
  readonly errors?: readonly FieldError[];
  readonly challenge?: Challenge;
}
