import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Change } from '../change-feed/change';
import { ChangeFeed } from '../change-feed/change-feed';
import type { ChangeListener } from '../change-feed/change-listener';
import { Clock } from '../clock/clock';
import { AuthError, isAuthError } from '../errors/auth-error';
import { ResolvedAuthOptions } from '../options/auth-options';
import { ConnectedSession, type Connection } from './connected-session';
import { ConnectedSessions } from './connected-sessions';
import { Revocations } from './revocations';
import { SessionsService } from './sessions.service';

const SWEEP_MILLISECONDS = 1000;
const MAX_CONNECTIONS = 100_000;

/**
 * The open connections that act for a session, and what ends them.
 *
 * A connection ends as soon as this instance hears that its session ended. Since revocations are
 * remembered for no longer than tokens live, a session whose connections outlive the token they were
 * opened with is looked up once in the database, and then again after the life of another token.
 */
@Injectable()
export class LiveConnections implements ChangeListener, OnModuleDestroy {
  readonly #connected = new ConnectedSessions();
  readonly #unsubscribe: () => void;
  #timer?: NodeJS.Timeout;
  #sweeping?: Promise<void>;

  constructor(
    private readonly feed: ChangeFeed,
    private readonly revocations: Revocations,
    private readonly sessions: SessionsService,
    private readonly clock: Clock,
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
  ) {
    this.#unsubscribe = feed.subscribe(this);
  }

  /** How many connections are open. */
  get size(): number {
    return this.#connected.size;
  }

  /**
   * Keeps a connection for as long as its session lives. `close` is called once when it has to end.
   *
   * @throws AuthError `invalid_token` when it was revoked meanwhile, `authority_stale`, `overloaded`
   */
  admit(carrier: object, connection: Connection): void {
    this.feed.assertFresh();
    if (this.revocations.covers(connection.session)) throw new AuthError('invalid_token');
    if (this.size >= MAX_CONNECTIONS) throw new AuthError('overloaded');
    this.#connected.add(carrier, connection);
    this.#timer ??= setInterval(() => void this.sweep(), SWEEP_MILLISECONDS).unref();
  }

  /** Forgets a connection that was closed. */
  release(carrier: object): void {
    this.#connected.delete(carrier);
    if (this.size === 0) this.#stop();
  }

  /**
   * Whether a connection may still act. It is a promise only where the database has to be asked.
   *
   * @throws AuthError `unauthenticated` for a connection that was never admitted, `invalid_token`,
   * `session_revoked`, `session_expired`, `account_disabled`, `authority_stale`,
   * `database_unavailable`
   */
  assertLive(carrier: object): void | Promise<void> {
    const session = this.#connected.sessionOf(carrier);
    if (session === undefined) throw new AuthError('unauthenticated');
    if (session.endedBy !== undefined) throw new AuthError(session.endedBy);
    this.feed.assertFresh();
    if (this.revocations.covers(session.reference)) throw new AuthError('invalid_token');
    return this.#isDue(session) ? this.#confirm(session) : undefined;
  }

  onChange(change: Change): void {
    if (change.kind === 'session_revoked') {
      const session = this.#connected.find(change.sessionId);
      if (session !== undefined) this.#end(session, new AuthError('session_revoked'));
    } else if (change.kind === 'account_epoch') {
      for (const session of this.#connected.ofAccount(change.accountId)) {
        const { accountEpoch, sessionId } = session.reference;
        // The session that stays may have another secret id now.
        if (sessionId === change.exceptSessionId) this.#doubt(session);
        if (accountEpoch >= change.epoch || sessionId === change.exceptSessionId) continue;
        this.#end(session, new AuthError('session_revoked'));
      }
    } else if (change.kind === 'session_version') {
      const session = this.#connected.find(change.sessionId);
      if (session?.isOlderThan(change.version)) this.#end(session, new AuthError('invalid_token'));
      else if (session !== undefined) this.#doubt(session);
    }
  }

  /** Looks every session up whose connections outlived their token; one after the other. */
  sweep(): Promise<void> {
    return (this.#sweeping ??= this.#sweep().finally(() => (this.#sweeping = undefined)));
  }

  onModuleDestroy(): void {
    this.#unsubscribe();
    this.#stop();
  }

  async #sweep(): Promise<void> {
    for (const session of this.#connected.all()) {
      if (!this.#isDue(session)) continue;
      try {
        await this.#confirm(session);
      } catch (error) {
        if (session.endedBy !== undefined) continue;
        this.#endOverdue(error);
        return;
      }
    }
  }

  /** Nobody stays for longer without an answer than a guarded request may be decided from memory. */
  #endOverdue(error: unknown): void {
    const graceSeconds = this.options.changeFeed.maxStalenessMilliseconds / 1000;
    const reason = isAuthError(error) ? error : new AuthError('authority_stale', { cause: error });
    for (const session of this.#connected.all()) {
      if (this.#isDue(session, graceSeconds)) this.#end(session, reason);
    }
  }

  #isDue({ admittedUntil }: ConnectedSession, graceSeconds = 0): boolean {
    const { clockToleranceSeconds } = this.options.accessTokens;
    return this.clock.nowSeconds() >= admittedUntil + clockToleranceSeconds + graceSeconds;
  }

  /** Looked up with the next message, or the next sweep at the latest. */
  #doubt(session: ConnectedSession): void {
    session.doubt(this.clock.nowSeconds() - this.options.accessTokens.clockToleranceSeconds);
  }

  #confirm(session: ConnectedSession): Promise<void> {
    return (session.confirming ??= this.#lookUp(session).finally(
      () => (session.confirming = undefined),
    ));
  }

  async #lookUp(session: ConnectedSession): Promise<void> {
    const issuedAt = this.clock.nowSeconds();
    const { doubts } = session;
    try {
      const found = await this.sessions.live(session.reference.sessionId);
      const endsAt = Math.floor(found.expiresAt.getTime() / 1000);
      const until = Math.min(issuedAt + this.options.accessTokens.ttlSeconds, endsAt);
      const isOld =
        session.isOlderThan(found.sessionVersion) ||
        session.isOfEpochBefore(found.accountEpoch) ||
        session.hasSuperseded(found.counter);
      if (isOld) throw new AuthError('invalid_token');
      // What was read may be older than what was heard meanwhile.
      if (session.doubts !== doubts) {
        await this.#lookUp(session);
        return;
      }
      session.renew(found.accountEpoch, issuedAt, until);
    } catch (error) {
      if (isAuthError(error) && error.status === 401) this.#end(session, error);
      throw error;
    }
    if (session.endedBy !== undefined) throw new AuthError(session.endedBy);
  }

  #end(session: ConnectedSession, reason: AuthError): void {
    this.#connected.end(session, reason);
    if (this.size === 0) this.#stop();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
