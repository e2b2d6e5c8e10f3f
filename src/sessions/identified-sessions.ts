import { LRUCache } from 'lru-cache';
import type { IdentifiedSession } from './identified-session';

/** The identified sessions that an instance remembers, by secret id, by session and by account. */
export class IdentifiedSessions {
  readonly #byKey: LRUCache<string, IdentifiedSession>;
  readonly #keys = new Map<string, Set<string>>();

  /** Beyond `max` the one that was asked for the longest ago is forgotten. */
  constructor(max: number) {
    this.#byKey = new LRUCache({ max, dispose: (session) => this.#unlist(session) });
  }

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): IdentifiedSession | undefined {
    return this.#byKey.get(key);
  }

  add(session: IdentifiedSession): void {
    this.#byKey.set(session.key, session);
    for (const owner of [session.sessionId, session.accountId]) {
      const keys = this.#keys.get(owner);
      if (keys === undefined) this.#keys.set(owner, new Set([session.key]));
      else keys.add(session.key);
    }
  }

  /** Forgets what is known of a session, or of every session of an account. */
  drop(owner: string): void {
    for (const key of [...(this.#keys.get(owner) ?? [])]) this.#byKey.delete(key);
  }

  clear(): void {
    this.#byKey.clear();
  }

  #unlist({ key, sessionId, accountId }: IdentifiedSession): void {
    for (const owner of [sessionId, accountId]) {
      const keys = this.#keys.get(owner);
      keys?.delete(key);
      if (keys?.size === 0) this.#keys.delete(owner);
    }
  }
}
