import type { Permission } from '../state.js';
import type { SessionAnswer } from '../wire.js';
import { json, problem, Refusal, stepUpRequired } from './fake-answers.js';
import { FakeGuesses } from './fake-guesses.js';
import {
  FakeSessions,
  type FakeCredential,
  type FakeEnding,
  type FakeSession,
  type FakeTransport,
} from './fake-sessions.js';
import { currentSession, listOf, type FakeAccount, type KeptAccount } from './fake-views.js';
import type { VirtualClock } from './virtual-clock.js';
import type { CookieJar, VirtualServer } from './virtual-profile.js';

const REFRESH_COOKIE = '__Host-portcullis-refresh';
const SESSION_COOKIE = '__Host-portcullis-session';
const HINT_COOKIE = '__Host-portcullis-hint';
const SESSIONS_PATH = '/auth/sessions';

/** One request, and the cookies of the browser that sent it. */
interface Call {
  readonly request: Request;
  readonly path: string;
  readonly jar: CookieJar;
  /** Whoever turned out to ask. */
  by?: FakeSession;
}

/**
 * The rules of the real server as far as a client sees them, in the answers that it gives by the same
 * contract: rotation with convergence and grace, reuse that ends the family, secret ids that are
 * replaced, fresh proofs, guesses that have to wait, and an API that refuses what has expired.
 */
export class FakeAuthServer {
  readonly #sessions: FakeSessions;
  readonly #guesses: FakeGuesses;
  readonly #freshProofs = new Map<string, number>();
  readonly #accounts = new Map<string, KeptAccount>();
  /** Answers to give instead of the true one, first in first out, by path. */
  readonly #planned = new Map<string, Response[]>();

  constructor(
    private readonly clock: VirtualClock,
    private readonly accessTokenSeconds = 600,
  ) {
    this.#sessions = new FakeSessions(clock, accessTokenSeconds);
    this.#guesses = new FakeGuesses(clock);
  }

  readonly handle: VirtualServer = async (request, jar) => {
    const path = new URL(request.url).pathname;
    const planned = this.#planned.get(path)?.shift();
    if (planned !== undefined) return planned;
    const call: Call = { request, path, jar };
    const answer = await this.#answer(call).catch(problemOf);
    this.#dress(answer, call);
    return answer;
  };

  addAccount(account: FakeAccount): void {
    this.#accounts.set(account.email, { ...account, version: 1 });
  }

  /** The next answer of a path, whatever the request: a problem document, or JSON below status 400. */
  plan(
    path: string,
    status: number,
    body: object = {},
    headers: Record<string, string> = {},
  ): void {
    const planned = this.#planned.get(path) ?? [];
    this.#planned.set(path, [
      ...planned,
      status < 400 ? json(status, body, headers) : problem(status, body, headers),
    ]);
  }

  /** Forgets what was planned for a path and not asked for. */
  unplan(path: string): void {
    this.#planned.delete(path);
  }

  changePermissions(email: string, permissions: readonly Permission[]): void {
    const account = this.#accountOf(email);
    account.permissions = permissions;
    account.version += 1;
  }

  /** A path of the API asks for a proof that is at most so old. */
  requireFreshProof(path: string, maxAgeSeconds: number): void {
    this.#freshProofs.set(path, maxAgeSeconds);
  }

  /** The person signs in elsewhere as well: one more in the list of their sessions. */
  openSession(email: string, device: string): void {
    const { version: authorityVersion } = this.#accountOf(email);
    this.#sessions.open({ email, device, authorityVersion, transport: 'cookie' });
  }

  /** An administrator ends every session. */
  revokeAll(): void {
    this.#endAll('session_revoked');
  }

  /** Nobody used any session for too long. */
  expireAll(): void {
    this.#endAll('session_expired');
  }

  /** How many sessions live. */
  get live(): number {
    return this.#sessions.all.filter(({ ended }) => ended === undefined).length;
  }

  /** How often a family was ended for reuse. */
  get reuses(): number {
    return this.#sessions.reuses;
  }

  get graceHits(): number {
    return this.#sessions.graceHits;
  }

  /** What is on an answer whatever it says. */
  #dress({ headers, ok }: Response, { path, by }: Call): void {
    headers.set('date', new Date(this.clock.now()).toUTCString());
    if (by !== undefined) {
      headers.set('x-authority-version', String(this.#accountOf(by.email).version));
    }
    const isPersonal = !ok || path.startsWith('/auth/') || by?.transport === 'session';
    if (isPersonal) headers.set('cache-control', 'no-store');
  }

  async #answer(call: Call): Promise<Response> {
    const { request, path } = call;
    switch (`${request.method} ${path}`) {
      case 'POST /auth/login':
        return this.#login(await readJson(request), call);
      case 'POST /auth/refresh':
        return this.#refresh(call);
      case 'POST /auth/logout':
        return this.#logout(await readJson(request), call);
      case 'POST /auth/step-up':
        return this.#stepUp(await readJson(request), call);
      case 'GET /auth/session':
        return this.#session(call);
      case 'GET /auth/sessions':
        return this.#list(call);
    }
    if (request.method === 'DELETE' && path.startsWith(`${SESSIONS_PATH}/`)) {
      return this.#revoke(decodeURIComponent(path.slice(SESSIONS_PATH.length + 1)), call);
    }
    return this.#api(call);
  }

  #login(body: Record<string, unknown>, call: Call): Response {
    const { request, jar } = call;
    const email = String(body['email']);
    const account = this.#accounts.get(email);
    this.#guesses.check(email, account?.password === body['password']);
    for (const replaced of this.#held(jar)) replaced.ended ??= 'session_revoked';
    const transport: FakeTransport = body['transport'] === 'session' ? 'session' : 'cookie';
    jar.delete(transport === 'session' ? REFRESH_COOKIE : SESSION_COOKIE);
    const device = request.headers.get('user-agent') ?? 'This browser';
    const { version: authorityVersion } = this.#accountOf(email);
    const session = this.#sessions.open({ email, transport, device, authorityVersion });
    this.#setCookies(session, jar);
    call.by = session;
    return this.#issued(session);
  }

  #refresh(call: Call): Response {
    const { request, jar } = call;
    const cookie = jar.get(REFRESH_COOKIE);
    if (cookie !== undefined) requireCsrfHeader(request);
    const session = this.#sessions.rotate(cookie, request.headers.get('x-auth-attempt'));
    call.by = session;
    this.#setCookies(session, jar);
    return this.#issued(session);
  }

  #stepUp(body: Record<string, unknown>, call: Call): Response {
    const { session, converges } = this.#authenticate(call);
    const isRight = this.#accountOf(session.email).password === body['password'];
    this.#guesses.check(session.email, isRight);
    // Whoever still holds the id from before a proof must not come by the one after it.
    if (!converges) throw new Refusal(401, 'session_revoked');
    if (session.transport === 'session') this.#sessions.renew(session, { converges: false });
    session.provenAt = this.clock.now();
    if (session.transport === 'session') this.#setCookies(session, call.jar);
    return this.#issued(session);
  }

  #logout(body: Record<string, unknown>, { request, jar }: Call): Response {
    const cookies = [REFRESH_COOKIE, SESSION_COOKIE, HINT_COOKIE];
    const isByCookie = cookies.some((name) => jar.has(name));
    if (isByCookie) requireCsrfHeader(request);
    const own = this.#held(jar);
    const token = bearerOf(request);
    if (own.length === 0 && token !== undefined) own.push(this.#sessions.byToken(token).session);
    const scope = body['scope'] ?? 'current';
    for (const session of scope === 'current' ? own : this.#othersOf(own, scope === 'all')) {
      session.ended ??= 'session_revoked';
    }
    if (isByCookie && scope !== 'others') for (const name of cookies) jar.delete(name);
    return json(204, {});
  }

  #session(call: Call): Response {
    const { session } = this.#authenticate(call);
    if (session.ended !== undefined) throw new Refusal(401, session.ended);
    return json(200, this.#current(session));
  }

  #list(call: Call): Response {
    const { session } = this.#authenticate(call);
    return json(200, listOf(session, this.#sessions.all));
  }

  /** That of somebody else is not there, and one that has ended neither. */
  #revoke(id: string, call: Call): Response {
    const own = this.#authenticate(call).session;
    const session = this.#sessions.all.find((one) => one.id === id && one.email === own.email);
    if (session === undefined || session.ended !== undefined) throw new Refusal(404, 'not_found');
    session.ended = 'session_revoked';
    return json(204, {});
  }

  #api(call: Call): Response {
    const { session, provenAt } = this.#authenticate(call);
    const maxAge = this.#freshProofs.get(call.path);
    if (maxAge !== undefined && secondsOf(this.clock.now()) - secondsOf(provenAt) > maxAge) {
      throw stepUpRequired(maxAge);
    }
    return json(200, { by: session.email });
  }

  #authenticate(call: Call): FakeCredential {
    const credential = this.#credentialOf(call);
    call.by = credential.session;
    return credential;
  }

  /** The cookie of transport `session`, or a bearer token. */
  #credentialOf({ request, jar }: Call): FakeCredential {
    const token = bearerOf(request);
    const secretId = jar.get(SESSION_COOKIE);
    if (secretId !== undefined) {
      if (token !== undefined) throw new Refusal(400, 'ambiguous_credentials');
      if (request.method !== 'GET') requireCsrfHeader(request);
      const credential = this.#sessions.bySecretId(secretId);
      this.#keepUp(credential, jar);
      return credential;
    }
    if (token !== undefined) return this.#sessions.byToken(token);
    throw new Refusal(401, 'unauthenticated', { 'www-authenticate': 'Bearer' });
  }

  /** After a change of what the account may do the next request gets a new secret id (SS-1). */
  #keepUp({ session, isCurrent, converges }: FakeCredential, jar: CookieJar): void {
    const { version } = this.#accountOf(session.email);
    if (isCurrent && session.authorityVersion < version) {
      session.authorityVersion = version;
      this.#sessions.renew(session, { converges: true });
      this.#setCookies(session, jar);
    } else if (!isCurrent && converges) this.#setCookies(session, jar);
  }

  /** The sessions whose cookies a browser holds, in whatever state. */
  #held(jar: CookieJar): FakeSession[] {
    return [
      this.#sessions.ofRefreshCookie(jar.get(REFRESH_COOKIE)),
      this.#sessions.ofSecretId(jar.get(SESSION_COOKIE)),
    ].filter((session) => session !== undefined);
  }

  /** @throws Refusal where none of a browser's own sessions lives */
  #othersOf(own: readonly FakeSession[], withOwn: boolean): readonly FakeSession[] {
    const live = own.find(({ ended }) => ended === undefined);
    if (live === undefined) throw new Refusal(401, own[0]?.ended ?? 'unauthenticated');
    return this.#sessions.all.filter(
      (session) => session.email === live.email && (withOwn || session !== live),
    );
  }

  #endAll(code: FakeEnding): void {
    for (const session of this.#sessions.all) session.ended ??= code;
  }

  #setCookies(session: FakeSession, jar: CookieJar): void {
    const { id, counter, secretId, transport } = session;
    if (transport === 'session') jar.set(SESSION_COOKIE, secretId);
    else jar.set(REFRESH_COOKIE, `${id}.${counter}`);
    jar.set(HINT_COOKIE, `${id}.${counter}.${this.#accountOf(session.email).version}`);
  }

  /** With transport `session` no token is shown to a script. */
  #issued(session: FakeSession): Response {
    const tokens =
      session.transport === 'session'
        ? {}
        : {
            access_token: this.#sessions.issueToken(session),
            token_type: 'Bearer',
            expires_in: this.accessTokenSeconds,
          };
    return json(200, { ...tokens, ...this.#current(session) });
  }

  #current(session: FakeSession): SessionAnswer {
    return currentSession(session, this.#accountOf(session.email));
  }

  #accountOf(email: string): KeptAccount {
    const account = this.#accounts.get(email);
    if (account === undefined) throw new Error(`no account ${email}`);
    return account;
  }
}

function problemOf(error: unknown): Response {
  if (!(error instanceof Refusal)) throw error;
  return problem(error.status, { code: error.code }, error.headers);
}

/** What a page of another site cannot send without asking first. */
function requireCsrfHeader(request: Request): void {
  if (request.headers.get('x-csrf') !== '1') throw new Refusal(403, 'csrf_failed');
}

function bearerOf(request: Request): string | undefined {
  return request.headers.get('authorization')?.slice('Bearer '.length);
}

async function readJson(request: Request): Promise<Record<string, unknown>> {
  const text = await request.text();
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

/** Proofs are as old as tokens say, which count in whole seconds. */
function secondsOf(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
