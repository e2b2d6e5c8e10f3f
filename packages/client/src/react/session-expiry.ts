import { AuthError } from '../auth-error.js';
import type { AuthClient } from '../client.js';
import { signedInBy, type AnonymousReason, type SignedIn, type User } from '../state.js';
import { Listeners, perClient } from './per-client.js';

/** Ends that signing in again mends. Who signed out wants to be gone, and who is disabled cannot. */
const MENDABLE = ['session_expired', 'session_revoked', 'refresh_reused'] as const;

/** A session that ended under somebody who did not want it to. */
export interface Expired extends Pick<SignedIn, 'user' | 'permissions'> {
  readonly reason: (typeof MENDABLE)[number];
}

/** Remembers who was signed in until a session's end is answered: by signing in, or by dismissing. */
export class SessionExpiry {
  readonly #listeners = new Listeners();
  #last: SignedIn | undefined;
  #expired: Expired | undefined;
  #dialogs = 0;

  constructor(private readonly client: AuthClient) {
    this.#look();
    client.subscribe(() => this.#look());
  }

  readonly subscribe = this.#listeners.add;

  /** Subscribes a dialog. Without any, nobody waits for an answer. */
  readonly attend = (listener: () => void): (() => void) => {
    const stop = this.#listeners.add(listener);
    this.#count(1);
    return () => {
      stop();
      this.#count(-1);
    };
  };

  readonly expired = (): Expired | undefined => this.#expired;

  /** The same, where a dialog is there that asks for it. */
  readonly attended = (): Expired | undefined => (this.#dialogs > 0 ? this.#expired : undefined);

  /** Signs in again in place: whoever it was, or somebody else. A form that outlived its question asks nothing. */
  async signIn(password: string, email = this.#expired?.user.email): Promise<User> {
    if (email === undefined) throw new AuthError({ code: 'superseded' });
    return this.client.login({ email, password });
  }

  readonly dismiss = (): void => {
    this.#last = undefined;
    this.#set(undefined);
  };

  #look(): void {
    const state = this.client.getState();
    const signedIn = signedInBy(state);
    if (signedIn !== undefined) {
      this.#last = signedIn;
      this.#set(undefined);
    } else if (state.status === 'anonymous') {
      if (this.#last === undefined || !isMendable(state.reason)) this.dismiss();
      else this.#set({ reason: state.reason, ...this.#last });
    }
  }

  #count(by: 1 | -1): void {
    this.#dialogs += by;
    if (this.#expired !== undefined) this.#listeners.tell();
  }

  #set(expired: Expired | undefined): void {
    if (expired === this.#expired) return;
    this.#expired = expired;
    this.#listeners.tell();
  }
}

/** @internal */
export const sessionExpiryOf = perClient((client) => new SessionExpiry(client));

function isMendable(reason: AnonymousReason): reason is Expired['reason'] {
  return (MENDABLE as readonly AnonymousReason[]).includes(reason);
}
