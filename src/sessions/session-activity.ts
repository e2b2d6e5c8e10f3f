import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Clock } from '../clock/clock';
import { ResolvedAuthOptions } from '../options/auth-options';
import type { IdentifiedSession } from './identified-session';
import { SecretIdsRepository } from './secret-ids.repository';

const FLUSH_MILLISECONDS = 30_000;
/** A session that the database would end before the next flush has reached it is written at once. */
const URGENT_MILLISECONDS = FLUSH_MILLISECONDS + 5000;
const MAX_ROWS = 1000;

interface Use {
  readonly session: IdentifiedSession;
  /** On the monotonic clock. */
  readonly at: number;
}

/**
 * Notes when sessions were last used, and writes it down for many of them at once: a request that
 * reads costs no statement.
 */
@Injectable()
export class SessionActivity implements BeforeApplicationShutdown {
  readonly #idleMilliseconds: number;
  #uses = new Map<string, Use>();
  #timer?: NodeJS.Timeout;
  #flushing?: Promise<void>;
  #isClosing = false;

  constructor(
    private readonly stored: SecretIdsRepository,
    private readonly clock: Clock,
    @Inject(ResolvedAuthOptions) options: ResolvedAuthOptions,
  ) {
    this.#idleMilliseconds = options.sessions.idleTimeoutSeconds * 1000;
  }

  /** A person used the session: its idle time begins again. */
  note(session: IdentifiedSession): void {
    const at = this.clock.monotonic();
    session.idleUntil = Math.max(session.idleUntil, at + this.#idleMilliseconds);
    this.#uses.set(session.sessionId, { session, at });
    const isUrgent = session.storedIdleUntil - at < URGENT_MILLISECONDS || this.#isClosing;
    if (isUrgent) this.#schedule(0);
    else if (this.#timer === undefined) this.#schedule(FLUSH_MILLISECONDS);
  }

  /** Writes what was noted. Uses that could not be written are kept for the next time. */
  async flush(): Promise<void> {
    while (this.#flushing !== undefined) await this.#flushing;
    this.#flushing = this.#flush().finally(() => (this.#flushing = undefined));
    return this.#flushing;
  }

  /** Before the pool of connections closes. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#isClosing = true;
    await this.flush();
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const uses = [...this.#uses.values()];
    this.#uses = new Map();
    for (let first = 0; first < uses.length; first += MAX_ROWS) {
      await this.#write(uses.slice(first, first + MAX_ROWS));
    }
  }

  async #write(uses: readonly Use[]): Promise<void> {
    const now = this.clock.monotonic();
    try {
      await this.stored.touch(
        uses.map(({ session, at }) => ({
          sessionId: session.sessionId,
          agoMilliseconds: now - at,
        })),
      );
      for (const { session, at } of uses) {
        session.storedIdleUntil = Math.max(session.storedIdleUntil, at + this.#idleMilliseconds);
      }
    } catch {
      // The database is away, which others have reported; what was used meanwhile is newer.
      for (const use of uses) {
        const { sessionId } = use.session;
        if (!this.#uses.has(sessionId)) this.#uses.set(sessionId, use);
      }
      if (!this.#isClosing) this.#schedule(FLUSH_MILLISECONDS);
    }
  }

  #schedule(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), milliseconds).unref();
  }
}
