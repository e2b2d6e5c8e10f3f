import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Change } from '../change-feed/change';
import { ChangeFeed } from '../change-feed/change-feed';
import type { ChangeListener } from '../change-feed/change-listener';
import { AuthError } from '../errors/auth-error';
import type { Principal, RoleActivation } from '../route-access/principal';
import type { Session } from './session';
import type { NewSessionChoice } from './session-choice';
import { SessionChoicesRepository, type SessionChoice } from './session-choices.repository';

const MAX_ENTRIES = 50_000;

/**
 * Which roles sessions chose to have active (dynamic separation of duty).
 *
 * The version of a session stands in its access tokens, so that a choice is found in memory under the
 * version it belongs to: an instance that knows another version asks the database.
 */
@Injectable()
export class SessionChoices implements ChangeListener, OnModuleDestroy {
  readonly #cache = new LRUCache<string, SessionChoice>({ max: MAX_ENTRIES });
  readonly #flights = new Map<string, Promise<SessionChoice | undefined>>();
  readonly #unsubscribe: () => void;

  constructor(
    private readonly choices: SessionChoicesRepository,
    private readonly feed: ChangeFeed,
  ) {
    this.#unsubscribe = feed.subscribe(this);
  }

  /**
   * The principal of an access token, with the roles that are active in its version of the session. A
   * promise only where the database has to be asked.
   *
   * @throws AuthError `invalid_token` when the session is of another version by now, or ended
   */
  principalOf({ principal, sessionVersion }: VersionedPrincipal): Principal | Promise<Principal> {
    if (sessionVersion === undefined) return principal;
    const activation = this.#of(principal.sessionId, sessionVersion);
    if (activation instanceof Promise) {
      return activation.then((found) => withActivation(principal, found));
    }
    return withActivation(principal, activation);
  }

  #of(
    sessionId: string,
    version: number,
  ): RoleActivation | undefined | Promise<RoleActivation | undefined> {
    const known = this.#cache.get(sessionId);
    return known?.version === version ? activationOf(known) : this.#read(sessionId, version);
  }

  /**
   * Makes a choice, and tells this instance at once.
   *
   * @throws AuthError `session_revoked` when the session is no longer live, or its id superseded
   */
  async choose(choice: NewSessionChoice): Promise<Session> {
    const session = await this.choices.choose(choice);
    if (session === undefined) throw new AuthError('session_revoked');
    const { id: sessionId, sessionVersion: version } = session;
    this.feed.deliver({ kind: 'session_version', sessionId, version });
    return session;
  }

  onChange(change: Change): void {
    if (change.kind === 'session_version' || change.kind === 'session_revoked') {
      this.#cache.delete(change.sessionId);
      this.#flights.delete(change.sessionId);
    }
  }

  onReconnect(): void {
    this.#cache.clear();
    this.#flights.clear();
  }

  onModuleDestroy(): void {
    this.#unsubscribe();
  }

  async #read(sessionId: string, version: number): Promise<RoleActivation | undefined> {
    const choice = await (this.#flights.get(sessionId) ?? this.#fill(sessionId));
    if (choice?.version !== version) throw new AuthError('invalid_token');
    return activationOf(choice);
  }

  /** A version says exactly one thing, so what was read late is still right under its own version. */
  #fill(sessionId: string): Promise<SessionChoice | undefined> {
    const flight = this.choices
      .find(sessionId)
      .then((choice) => {
        if (choice !== undefined && this.#flights.get(sessionId) === flight) {
          this.#cache.set(sessionId, choice);
        }
        return choice;
      })
      .finally(() => {
        if (this.#flights.get(sessionId) === flight) this.#flights.delete(sessionId);
      });
    this.#flights.set(sessionId, flight);
    return flight;
  }
}

/** What an access token says of its principal. */
interface VersionedPrincipal {
  readonly principal: Principal;
  /** The claim `sv`. */
  readonly sessionVersion?: number;
}

function withActivation(principal: Principal, activation?: RoleActivation): Principal {
  return activation === undefined ? principal : { ...principal, activation };
}

function activationOf({ version, activeRoleIds }: SessionChoice): RoleActivation | undefined {
  return activeRoleIds === null ? undefined : { version, roleIds: activeRoleIds };
}
