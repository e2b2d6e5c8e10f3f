import type { AuthClientOptions } from '../client.js';
import { invalidToken, Refusal } from './fake-answers.js';
import type { VirtualClock } from './virtual-clock.js';

/** For how long what was replaced is answered by what replaced it. */
const GRACE_MS = 30_000;

/** The two that live in browsers. */
export type FakeTransport = NonNullable<AuthClientOptions['transport']>;

/** Why a session is over. */
export type FakeEnding = 'session_revoked' | 'session_expired' | 'refresh_reused';

/** One session: a family of refresh tokens, or of secret ids. */
export interface FakeSession {
  readonly id: string;
  readonly email: string;
  readonly transport: FakeTransport;
  /** What the list of sessions calls the browser. */
  readonly device: string;
  readonly createdAt: number;
  lastSeenAt: number;
  counter: number;
  rotatedAt: number;
  lastAttempt: string | null;
  /** When the person last proved who they are. */
  provenAt: number;
  /** What the account was allowed when the secret id was made. */
  authorityVersion: number;
  secretId: string;
  previous?: PreviousSecretId;
  ended?: FakeEnding;
}

/** A secret id that was replaced: it keeps what it was worth. */
interface PreviousSecretId {
  readonly id: string;
  readonly provenAt: number;
  /** Whether who holds it may be given the one that replaced it; never after a step-up. */
  readonly converges: boolean;
}

/** What a credential is worth. */
export interface FakeCredential {
  readonly session: FakeSession;
  readonly provenAt: number;
  /** Whether the browser's cookie is to be replaced: not that of an id from before a step-up. */
  readonly isCurrent: boolean;
  readonly converges: boolean;
}

interface IssuedToken {
  readonly session: FakeSession;
  readonly expiresAt: number;
  readonly provenAt: number;
}

/** Sessions with their credentials: rotation with convergence and grace, and reuse that ends the family. */
export class FakeSessions {
  readonly #sessions = new Map<string, FakeSession>();
  readonly #tokens = new Map<string, IssuedToken>();
  #ids = 0;
  reuses = 0;
  graceHits = 0;

  constructor(
    private readonly clock: VirtualClock,
    private readonly accessTokenSeconds: number,
  ) {}

  get all(): readonly FakeSession[] {
    return [...this.#sessions.values()];
  }

  open(
    given: Pick<FakeSession, 'email' | 'transport' | 'device' | 'authorityVersion'>,
  ): FakeSession {
    const now = this.clock.now();
    const id = this.#newId('session');
    const session: FakeSession = {
      ...given,
      id,
      createdAt: now,
      lastSeenAt: now,
      counter: 0,
      rotatedAt: Number.NEGATIVE_INFINITY,
      lastAttempt: null,
      provenAt: now,
      secretId: this.#newId('secret'),
    };
    this.#sessions.set(id, session);
    return session;
  }

  /** The session of a refresh cookie, in whatever state. */
  ofRefreshCookie(cookie: string | undefined): FakeSession | undefined {
    return this.#sessions.get(cookie?.split('.')[0] ?? '');
  }

  /** The session that a secret id belongs or belonged to, in whatever state. */
  ofSecretId(cookie: string | undefined): FakeSession | undefined {
    if (cookie === undefined) return undefined;
    return this.all.find(({ secretId, previous }) => [secretId, previous?.id].includes(cookie));
  }

  /** @throws Refusal `unauthenticated`, or what ended the session */
  bySecretId(cookie: string): FakeCredential {
    const session = this.ofSecretId(cookie);
    if (session === undefined) throw new Refusal(401, 'unauthenticated');
    const previous = session.previous?.id === cookie ? session.previous : undefined;
    if (previous !== undefined && this.clock.now() - session.rotatedAt >= GRACE_MS) {
      throw new Refusal(401, 'unauthenticated');
    }
    if (session.ended !== undefined) throw new Refusal(401, session.ended);
    session.lastSeenAt = this.clock.now();
    const { provenAt, converges } = previous ?? { ...session, converges: true };
    return { session, provenAt, converges, isCurrent: previous === undefined };
  }

  /** @throws Refusal `invalid_token` also for one whose session was ended; one that only expired lets it run out */
  byToken(token: string): FakeCredential {
    const issued = this.#tokens.get(token);
    if (issued === undefined || issued.expiresAt <= this.clock.now()) throw invalidToken();
    const { session, provenAt } = issued;
    if (![undefined, 'session_expired'].includes(session.ended)) throw invalidToken();
    return { session, provenAt, converges: true, isCurrent: true };
  }

  issueToken(session: FakeSession): string {
    const token = this.#newId('access');
    const expiresAt = this.clock.now() + this.accessTokenSeconds * 1000;
    this.#tokens.set(token, { session, expiresAt, provenAt: session.provenAt });
    return token;
  }

  /** @throws Refusal `unauthenticated`, `refresh_reused`, or what ended the session before */
  rotate(cookie: string | undefined, attempt: string | null): FakeSession {
    const session = this.ofRefreshCookie(cookie);
    if (session === undefined) throw new Refusal(401, 'unauthenticated');
    if (session.ended !== undefined) throw new Refusal(401, session.ended);
    const presented = Number(cookie?.split('.')[1]);
    const now = this.clock.now();
    const isRecent = now - session.rotatedAt < GRACE_MS;
    if (presented === session.counter) {
      if (isRecent && attempt !== null) return session;
      return Object.assign(session, {
        counter: session.counter + 1,
        rotatedAt: now,
        lastAttempt: attempt,
        lastSeenAt: now,
      });
    }
    if (presented === session.counter - 1 && (isRecent || attempt === session.lastAttempt)) {
      this.graceHits += 1;
      return session;
    }
    session.ended = 'refresh_reused';
    this.reuses += 1;
    throw new Refusal(401, 'refresh_reused');
  }

  /** Gives a session of transport `session` a new secret id. */
  renew(session: FakeSession, { converges }: Pick<PreviousSecretId, 'converges'>): void {
    const { secretId: id, provenAt } = session;
    session.previous = { id, provenAt, converges };
    session.secretId = this.#newId('secret');
    session.counter += 1;
    session.rotatedAt = this.clock.now();
  }

  #newId(kind: string): string {
    return `${kind}-${(this.#ids += 1)}`;
  }
}
