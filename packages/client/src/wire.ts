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
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** Lets the request outlive the page. */
  readonly keepalive?: boolean;
}

/** Speaks to the routes below `/auth`. */
export class Wire {
  constructor(
    private readonly browser: Browser,
    private readonly baseUrl: string,
  ) {}

  /**
   * @returns the body of the answer; undefined for one without content
   * @throws AuthError with the code of the server; `offline`, `network`, `timeout` where no answer
   * came; `protocol` where it came from somebody else, such as a proxy's login page
   */
  async send(path: string, call: Call = {}): Promise<unknown> {
    const response = await this.#fetch(path, call);
    if (response.status === 204) return undefined;
    const body = await jsonOf(response);
    if (response.ok && body !== undefined) return body;
    throw errorOf(response, body);
  }

  async #fetch(path: string, { method = 'POST', body, headers, keepalive = false }: Call) {
    const aborter = new AbortController();
    const timer = this.browser.setTimeout(() => aborter.abort(), TIMEOUT_MS);
    try {
      return await this.browser.fetch(this.baseUrl + path, {
        method,
        credentials: 'include',
        cache: 'no-store',
        keepalive,
        signal: aborter.signal,
        headers: {
          'x-csrf': '1',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        body: body === undefined ? null : JSON.stringify(body),
      });
    } catch (cause) {
      const code = aborter.signal.aborted
        ? 'timeout'
        : this.browser.isOnline()
          ? 'network'
          : 'offline';
      throw new AuthError({ code, cause });
    } finally {
      this.browser.clearTimeout(timer);
    }
  }
}

/** The credential of a call; nothing where cookies carry everything. */
export function bearing(token: string | undefined): Pick<Call, 'headers'> {
  return token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } };
}

/** Who an answer, a message or a state says is signed in, and nothing else that it says. */
export function signedInOf(answer: SignedIn): SignedIn {
  const { user, session, roles, permissions, authorityVersion } = answer;
  const { id, createdAt, amr, authTime, tenantId } = session;
  return {
    user,
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
    millisecondsLeft: expires_in * 1000,
  };
  if (!isShared(access)) throw new AuthError({ code: 'protocol' });
  return access;
}

/** The body of an answer that is JSON; undefined for anything else. */
export async function jsonOf(response: Response): Promise<unknown> {
  if (!/\bjson\b/.test(response.headers.get('content-type') ?? '')) return undefined;
  return response.json().catch(() => undefined);
}

/** Problem documents of ours (RFC 9457) name their code; a proxy in between does not. */
export function errorOf(response: Response, body: unknown): AuthError {
  const problem = (body ?? {}) as {
    readonly code?: string;
    readonly requestId?: string;
    readonly errors?: readonly FieldError[];
    readonly challenge?: Challenge;
  };
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new AuthError({
    code: problem.code ?? 'protocol',
    status: response.status,
    retryAfterSeconds: Number.isNaN(retryAfter) ? undefined : retryAfter,
    requestId: problem.requestId,
    fields: problem.errors,
    challenge: problem.challenge,
  });
}
