import type { AuthError } from '../errors/auth-error';
import { ConnectedSession, type Connection } from './connected-session';

/** The sessions with open connections, by connection, by session and by account. */
export class ConnectedSessions {
  readonly #byCarrier = new WeakMap<object, ConnectedSession>();
  readonly #bySession = new Map<string, ConnectedSession>();
  readonly #byAccount = new Map<string, Set<ConnectedSession>>();
  #size = 0;

  /** How many connections are open. */
  get size(): number {
    return this.#size;
  }

  add(carrier: object, connection: Connection): void {
    this.delete(carrier);
    const { sessionId, accountId } = connection.session;
    let session = this.#bySession.get(sessionId);
    if (session === undefined) {
      session = new ConnectedSession(connection);
      this.#bySession.set(sessionId, session);
      const siblings = this.#byAccount.get(accountId) ?? new Set();
      this.#byAccount.set(accountId, siblings.add(session));
    } else {
      session.learn(connection);
    }
    session.closers.set(carrier, connection.close);
    this.#byCarrier.set(carrier, session);
    this.#size += 1;
  }

  delete(carrier: object): void {
    const session = this.#byCarrier.get(carrier);
    if (session?.closers.delete(carrier) !== true) return;
    this.#size -= 1;
    if (session.closers.size === 0) this.#forget(session);
  }

  /** Closes every connection of a session. A connection is still known to have belonged to it. */
  end(session: ConnectedSession, reason: AuthError): void {
    if (session.endedBy !== undefined) return;
    session.endedBy = reason.code;
    this.#forget(session);
    const closers = [...session.closers.values()];
    this.#size -= closers.length;
    session.closers.clear();
    for (const close of closers) close(reason);
  }

  find(sessionId: string): ConnectedSession | undefined {
    return this.#bySession.get(sessionId);
  }

  sessionOf(carrier: object): ConnectedSession | undefined {
    return this.#byCarrier.get(carrier);
  }

  ofAccount(accountId: string): readonly ConnectedSession[] {
    return [...(this.#byAccount.get(accountId) ?? [])];
  }

  all(): readonly ConnectedSession[] {
    return [...this.#bySession.values()];
  }

  #forget(session: ConnectedSession): void {
    const { sessionId, accountId } = session.reference;
    this.#bySession.delete(sessionId);
    const siblings = this.#byAccount.get(accountId);
    siblings?.delete(session);
    if (siblings?.size === 0) this.#byAccount.delete(accountId);
  }
}
