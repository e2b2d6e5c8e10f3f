import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Change } from '../change-feed/change';
import { ChangeFeed } from '../change-feed/change-feed';
import type { ChangeListener } from '../change-feed/change-listener';
import { Clock } from '../clock/clock';
import { AuthError } from '../errors/auth-error';
import type { AuthErrorCode } from '../errors/error-codes';
import { labels } from '../telemetry/labels';
import { Telemetry } from '../telemetry/telemetry';
import type { IdentifiedSession } from './identified-session';
import { IdentifiedSessions } from './identified-sessions';
import { identifiedSession } from './read-identified-session';
import { Revocations } from './revocations';
import { isSecretId, secretIdDigest } from './secret-ids';
import { SecretIdsRepository, type FoundBySecretId } from './secret-ids.repository';
import { SessionActivity } from './session-activity';
import { SessionsRepository } from './sessions.repository';

const MAX_SESSIONS = 50_000;
const MAX_FILLS = 5;

const HIT = labels({ 'portcullis.cache.name': 'session', 'portcullis.cache.result': 'hit' });
const MISS = labels({ ...HIT, 'portcullis.cache.result': 'miss' });

const REFUSALS: Readonly<Record<Exclude<FoundBySecretId['state'], 'live'>, AuthErrorCode>> = {
  expired: 'session_expired',
  revoked: 'session_revoked',
  disabled: 'account_disabled',
};

interface Flight {
  readonly landing: Promise<Found | undefined>;
  /** The sessions and accounts of which a change arrived meanwhile: what was read may be older than it. */
  readonly changed: Set<string>;
  /** Something was missed meanwhile, and nobody knows of whom. */
  detached: boolean;
}

interface Found {
  readonly state: FoundBySecretId['state'];
  readonly session: IdentifiedSession;
}

/**
 * Knows which session a secret id belongs to. Answers from memory, and is told of every change by the
 * change feed.
 */
@Injectable()
export class KnownSessions implements ChangeListener, OnModuleDestroy {
  readonly #sessions = new IdentifiedSessions(MAX_SESSIONS);
  readonly #flights = new Map<string, Flight>();
  readonly #lookups;
  readonly #unsubscribe: () => void;

  constructor(
    private readonly stored: SecretIdsRepository,
    private readonly ended: SessionsRepository,
    private readonly revocations: Revocations,
    private readonly activity: SessionActivity,
    private readonly clock: Clock,
    feed: ChangeFeed,
    telemetry: Telemetry = new Telemetry(),
  ) {
    this.#lookups = telemetry.counter('portcullis.cache.lookups');
    this.#unsubscribe = feed.subscribe(this);
  }

  /** How many secret ids are remembered. */
  get size(): number {
    return this.#sessions.size;
  }

  /**
   * The live session of a secret id. A promise only where the database has to be asked.
   *
   * @throws AuthError `unauthenticated`, `session_expired`, `session_revoked`, `account_disabled`,
   * `database_unavailable`, or `authority_stale` while changes arrive faster than they can be read
   */
  find(id: string): IdentifiedSession | Promise<IdentifiedSession> {
    if (!isSecretId(id)) throw new AuthError('unauthenticated');
    const digest = secretIdDigest(id);
    const key = digest.toString('base64url');
    const known = this.#sessions.get(key);
    if (known !== undefined && this.#isOpen(known)) {
      this.#lookups.add(1, HIT);
      return known;
    }
    this.#lookups.add(1, MISS);
    return this.#read(key, digest, known);
  }

  onChange(change: Change): void {
    switch (change.kind) {
      case 'session_revoked':
      case 'session_version':
        this.#drop(change.sessionId);
        break;
      case 'account_epoch':
        this.#drop(change.accountId);
        break;
      default:
    }
  }

  onReconnect(): void {
    this.#sessions.clear();
    for (const flight of this.#flights.values()) flight.detached = true;
    this.#flights.clear();
  }

  onModuleDestroy(): void {
    this.#unsubscribe();
  }

  #drop(owner: string): void {
    this.#sessions.drop(owner);
    for (const flight of this.#flights.values()) flight.changed.add(owner);
  }

  #isOpen({ idleUntil, endsUntil }: IdentifiedSession): boolean {
    const now = this.clock.monotonic();
    return now < idleUntil && now < endsUntil;
  }

  /**
   * Nobody is refused from memory: a session that looks over may have been used on another instance,
   * and a use that this one has not written yet counts.
   */
  async #read(
    key: string,
    digest: Buffer,
    known: IdentifiedSession | undefined,
  ): Promise<IdentifiedSession> {
    if (known !== undefined) await this.activity.flush();
    for (let fills = 0; fills < MAX_FILLS; fills += 1) {
      const flight = this.#flights.get(key) ?? this.#fill(key, digest);
      const found = await flight.landing;
      // Nothing brings a session back that was not there, or was over.
      if (found === undefined) throw new AuthError('unauthenticated');
      if (found.state !== 'live') throw new AuthError(REFUSALS[found.state]);
      if (isOutdated(flight, found.session)) continue;
      if (this.revocations.heardOf(found.session)) return this.#endAgain(found.session);
      return found.session;
    }
    throw new AuthError('authority_stale', { retryAfterSeconds: 1 });
  }

  /**
   * A database that lost its newest commits, because a standby that lagged took over, takes a session
   * for live that this instance saw end: it ends once more.
   */
  async #endAgain({ accountId, sessionId }: IdentifiedSession): Promise<never> {
    await this.ended.revoke({ by: { accountId, sessionId }, reason: 'revoked' });
    throw new AuthError('session_revoked');
  }

  #fill(key: string, digest: Buffer): Flight {
    const startedAt = this.clock.monotonic();
    const loadedAt = this.clock.nowSeconds();
    const flight: Flight = {
      changed: new Set(),
      detached: false,
      landing: this.stored
        .find(digest)
        .then((row) => {
          const found = row && {
            state: row.state,
            session: identifiedSession(row, { key, startedAt, loadedAt }),
          };
          // Landing and keeping are one step: nothing can be dropped in between.
          const isGood = found?.state === 'live' && !isOutdated(flight, found.session);
          if (isGood && !this.revocations.heardOf(found.session)) {
            this.#sessions.add(found.session);
          }
          return found;
        })
        .finally(() => {
          if (this.#flights.get(key) === flight) this.#flights.delete(key);
        }),
    };
    this.#flights.set(key, flight);
    return flight;
  }
}

function isOutdated({ changed, detached }: Flight, session: IdentifiedSession): boolean {
  return detached || changed.has(session.sessionId) || changed.has(session.accountId);
}
