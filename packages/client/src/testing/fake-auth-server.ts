import type { Permission, Role, User } from '../state.js';
import type { SessionAnswer } from '../wire.js';
import type { VirtualClock } from './virtual-clock.js';
import type { CookieJar, VirtualServer } from './virtual-profile.js';

const REFRESH_COOKIE = '__Host-portcullis-refresh';
const HINT_COOKIE = '__Host-portcullis-hint';
const GRACE_MS = 30_000;

interface Family {
  readonly id: string;
  readonly email: string;
  counter: number;
  rotatedAt: number;
  lastAttempt: string | null;
  /** When the person last proved who they are. */
  provenAt: number;
  ended?: string;
}

interface IssuedToken {
  readonly family: Family;
  readonly expiresAt: number;
  readonly provenAt: number;
}

/** An account of the fake server. */
export interface FakeAccount {
  readonly email: string;
  readonly password: string;
  permissions: readonly Permission[];
  roles: readonly Role[];
  /** What is known of the person; the rest is made up. The id is the address where none is given. */
  readonly user?: Partial<User>;
}

/**
 * The rules of the real server as far as a client sees them: rotation with convergence and grace,
 * reuse that ends the family, fatal codes, and an API that refuses what has expired.
 */
export class FakeAuthServer {
  readonly #families = new Map<string, Family>();
  readonly #tokens = new Map<string, IssuedToken>();
  readonly #freshProofs = new Map<string, number>();
  readonly #accounts = new Map<string, FakeAccount & { version: number }>();
  #ids = 0;
  /** Answers to give instead of the true one, first in first out, by path. */
  readonly #planned = new Map<string, Response[]>();
  /** How often a family was ended for reuse. */
  reuses = 0;
  graceHits = 0;

  constructor(
    private readonly clock: VirtualClock,
    private readonly accessTokenSeconds = 600,
  ) {}

  readonly handle: VirtualServer = async (request, jar) => {
    const path = new URL(request.url).pathname;
    const planned = this.#planned.get(path)?.shift();
    if (planned !== undefined) return planned;
    const body = request.method === 'GET' ? {} : await readJson(request);
    switch (`${request.method} ${path}`) {
      case 'POST /auth/login':
        return this.#login(body, jar);
      case 'POST /auth/refresh':
        return this.#refresh(request, jar);
      case 'POST /auth/logout':
        return this.#logout(jar);
      case 'POST /auth/step-up':
        return this.#stepUp(request, body, jar);
      case 'GET /auth/session':
        return this.#session(request);
      default:
        return this.#api(request, path);
    }
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

  changePermissions(email: string, permissions: readonly Permission[]): void {
    const account = this.#accounts.get(email);
    if (account === undefined) throw new Error(`no account ${email}`);
    account.permissions = permissions;
    account.version += 1;
  }

  /** A path of the API asks for a proof that is at most so old. */
  requireFreshProof(path: string, maxAgeSeconds: number): void {
    this.#freshProofs.set(path, maxAgeSeconds);
  }

  /** An administrator ends every session. */
  revokeAll(): void {
    for (const family of this.#families.values()) family.ended ??= 'session_revoked';
  }

  /** How many sessions live. */
  get live(): number {
    return [...this.#families.values()].filter(({ ended }) => ended === undefined).length;
  }

  #login(body: Record<string, unknown>, jar: CookieJar): Response {
    const account = this.#accounts.get(String(body['email']));
    if (account === undefined || account.password !== body['password']) {
      return problem(401, { code: 'invalid_credentials' });
    }
    const replaced = this.#families.get(jar.get(REFRESH_COOKIE)?.split('.')[0] ?? '');
    if (replaced !== undefined) replaced.ended ??= 'session_revoked';
    const family: Family = {
      id: `session-${(this.#ids += 1)}`,
      email: account.email,
      counter: 0,
      rotatedAt: Number.NEGATIVE_INFINITY,
      lastAttempt: null,
      provenAt: this.clock.now(),
    };
    this.#families.set(family.id, family);
    return this.#issue(family, jar);
  }

  #stepUp(request: Request, body: Record<string, unknown>, jar: CookieJar): Response {
    const token = this.#tokenOf(request);
    if (token === undefined) return refused();
    const { family } = token;
    if (this.#accounts.get(family.email)?.password !== body['password']) {
      return problem(401, { code: 'invalid_credentials' });
    }
    family.provenAt = this.clock.now();
    return this.#issue(family, jar);
  }

  #refresh(request: Request, jar: CookieJar): Response {
    if (request.headers.get('x-csrf') !== '1') return problem(403, { code: 'csrf_failed' });
    const [id = '', presented = ''] = jar.get(REFRESH_COOKIE)?.split('.') ?? [];
    const family = this.#families.get(id);
    if (family === undefined) return problem(401, { code: 'unauthenticated' });
    if (family.ended !== undefined) return problem(401, { code: family.ended });
    const attempt = request.headers.get('x-auth-attempt');
    const isRecent = this.clock.now() - family.rotatedAt < GRACE_MS;
    if (Number(presented) === family.counter) {
      if (isRecent && attempt !== null) return this.#issue(family, jar);
      family.counter += 1;
      family.rotatedAt = this.clock.now();
      family.lastAttempt = attempt;
      return this.#issue(family, jar);
    }
    if (Number(presented) === family.counter - 1 && (isRecent || attempt === family.lastAttempt)) {
      this.graceHits += 1;
      return this.#issue(family, jar);
    }
    family.ended = 'refresh_reused';
    this.reuses += 1;
    return problem(401, { code: 'refresh_reused' });
  }

  #logout(jar: CookieJar): Response {
    const family = this.#families.get(jar.get(REFRESH_COOKIE)?.split('.')[0] ?? '');
    if (family !== undefined) family.ended ??= 'session_revoked';
    jar.delete(REFRESH_COOKIE);
    jar.delete(HINT_COOKIE);
    return new Response(null, { status: 204 });
  }

  #session(request: Request): Response {
    const token = this.#tokenOf(request);
    return token === undefined ? refused() : this.#json(this.#answer(token.family));
  }

  #api(request: Request, path: string): Response {
    const token = this.#tokenOf(request);
    if (token === undefined) return refused();
    const maxAge = this.#freshProofs.get(path);
    if (maxAge !== undefined && this.clock.now() - token.provenAt > maxAge * 1000) {
      return stepUpRequired(maxAge);
    }
    const { email } = token.family;
    const version = String(this.#accounts.get(email)?.version ?? 0);
    return this.#json({ by: email }, { 'x-authority-version': version });
  }

  #tokenOf(request: Request): IssuedToken | undefined {
    const token = this.#tokens.get(
      request.headers.get('authorization')?.slice('Bearer '.length) ?? '',
    );
    if (token === undefined || token.expiresAt <= this.clock.now()) return undefined;
    return token.family.ended === undefined ? token : undefined;
  }

  #issue(family: Family, jar: CookieJar): Response {
    const accessToken = `access-${(this.#ids += 1)}`;
    const expiresAt = this.clock.now() + this.accessTokenSeconds * 1000;
    this.#tokens.set(accessToken, { family, expiresAt, provenAt: family.provenAt });
    jar.set(REFRESH_COOKIE, `${family.id}.${family.counter}`);
    const version = this.#accounts.get(family.email)?.version ?? 0;
    jar.set(HINT_COOKIE, `${family.id}.${family.counter}.${version}`);
    return this.#json({
      ...this.#answer(family),
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: this.accessTokenSeconds,
    });
  }

  #answer(family: Family): SessionAnswer {
    const account = this.#accounts.get(family.email);
    return {
      user: {
        id: family.email,
        emailVerified: true,
        displayName: null,
        ...account?.user,
        email: family.email,
      },
      session: {
        id: family.id,
        generation: family.counter,
        createdAt: '2026-01-01T00:00:00.000Z',
        expiresAt: '2026-02-01T00:00:00.000Z',
        amr: ['pwd'],
        authTime: new Date(family.provenAt).toISOString(),
        tenantId: null,
      },
      roles: account?.roles ?? [],
      heldRoles: account?.roles ?? [],
      permissions: account?.permissions ?? [],
      authorityVersion: account?.version ?? 0,
    };
  }

  #json(body: object, headers: Record<string, string> = {}): Response {
    const date = new Date(this.clock.now()).toUTCString();
    return json(200, body, { date, ...headers });
  }
}

function json(status: number, body: object, headers: Record<string, string>): Response {
  return new Response(status === 204 ? null : JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

function problem(status: number, body: object, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify({ status, ...body }), {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  });
}

function refused(): Response {
  return problem(
    401,
    { code: 'invalid_token' },
    { 'www-authenticate': 'Bearer error="invalid_token"' },
  );
}

function stepUpRequired(maxAgeSeconds: number): Response {
  const challenge = `Bearer error="insufficient_user_authentication", max_age="${maxAgeSeconds}"`;
  return problem(401, { code: 'step_up_required' }, { 'www-authenticate': challenge });
}

async function readJson(request: Request): Promise<Record<string, unknown>> {
  const text = await request.text();
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}
