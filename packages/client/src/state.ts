import { AuthError, type Challenge, type FatalErrorCode } from './auth-error.js';
import type { SessionStateAnswer, SessionUserAnswer } from './contract.gen.js';

/** Never set. It only keeps the interface from being one that everything fits. */
declare const registered: unique symbol;

/**
 * What a team knows better than this package. Augment it once:
 *
 * @example
 * declare module '@portcullis/client' {
 *   interface Register { permission: 'invoices:read' | 'invoices:approve'; role: 'clerk' }
 * }
 */
export interface Register {
  readonly [registered]?: never;
}

/** The permissions of the registered catalogue; any string where none is registered. */
export type Permission = Register extends { permission: infer P extends string } ? P : string;

/** The roles of the registered catalogue; any string where none is registered. */
export type Role = Register extends { role: infer R extends string } ? R : string;

/** Who is signed in. */
export type User = SessionUserAnswer;

/** The session, as far as it does not change with each refresh. Times are RFC 3339. */
export type Session = Omit<SessionStateAnswer, 'generation' | 'expiresAt'>;

/** Somebody who is signed in, and what they may do. */
export interface SignedIn {
  readonly user: User;
  readonly session: Session;
  readonly roles: readonly Role[];
  readonly permissions: readonly Permission[];
  /** Rises with each change of what the account may do. */
  readonly authorityVersion: number;
}

/** Why nobody is signed in. */
export type AnonymousReason =
  | 'never'
  | 'signed_out'
  | 'signed_out_elsewhere'
  | Exclude<FatalErrorCode, 'unauthenticated'>
  /** The browser kept no cookie of the sign-in: a matter of how page and API are served. */
  | 'cookie_rejected';

/**
 * What is known of the person in front of the page.
 *
 * `stale` is somebody signed in whose access cannot be renewed right now, because the network or the
 * server is away: nobody is signed out by a dead connection.
 */
export type AuthState =
  | { readonly status: 'loading' }
  | { readonly status: 'anonymous'; readonly reason: AnonymousReason }
  | { readonly status: 'challenge'; readonly challenge: Challenge }
  | ({ readonly status: 'authenticated' } & SignedIn)
  | ({ readonly status: 'stale'; readonly error: AuthError } & SignedIn);

/** The state with its listeners, and the epoch that tells late results from timely ones. */
export class StateStore {
  readonly #onUserChange: (user: User) => void;
  #state: AuthState;
  #epoch = 0;
  #lastUserId: string | undefined;
  readonly #listeners = new Set<() => void>();

  /** @param onUserChange called before any listener when somebody else is signed in than was last */
  constructor(
    readonly initial: AuthState,
    onUserChange: (user: User) => void,
  ) {
    this.#onUserChange = onUserChange;
    this.#state = initial;
    this.#lastUserId = signedInBy(initial)?.user.id;
  }

  get state(): AuthState {
    return this.#state;
  }

  /** Rises whenever a session begins or ends; a result that began under another one is dropped. */
  get epoch(): number {
    return this.#epoch;
  }

  get signedIn(): SignedIn | undefined {
    return signedInBy(this.#state);
  }

  /** When the person last proved who they are. */
  get provenAt(): string | undefined {
    return this.signedIn?.session.authTime;
  }

  beginEpoch(): number {
    return (this.#epoch += 1);
  }

  /** @throws AuthError `superseded` when another epoch began */
  demand(epoch: number): void {
    if (this.#epoch !== epoch) throw new AuthError({ code: 'superseded' });
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The same data keeps the same objects, and nobody is told of what did not change. */
  set(next: AuthState): void {
    const kept = keepReferences(this.#state, next);
    if (kept === this.#state) return;
    this.#state = kept;
    const user = this.signedIn?.user;
    if (user !== undefined) {
      const before = this.#lastUserId ?? user.id;
      this.#lastUserId = user.id;
      if (before !== user.id) this.#onUserChange(user);
    }
    for (const listener of this.#listeners) listener();
  }
}

/** Whoever is signed in by a state; undefined for nobody. */
export function signedInBy(state: AuthState): SignedIn | undefined {
  return state.status === 'authenticated' || state.status === 'stale' ? state : undefined;
}

function keepReferences(before: AuthState, next: AuthState): AuthState {
  const known = before as unknown as Record<string, unknown>;
  const kept = { ...next } as unknown as Record<string, unknown>;
  let isSame = Object.keys(known).length === Object.keys(kept).length;
  for (const name in kept) {
    if (isSameData(known[name], kept[name])) kept[name] = known[name];
    else isSame = false;
  }
  return isSame ? before : (kept as unknown as AuthState);
}

/** What the server answers is plain data in a fixed order of members, and so is what an error says. */
function isSameData(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
