import { Inject, Injectable } from '@nestjs/common';
import type { Change } from '../change-feed/change';
import { ChangeFeed } from '../change-feed/change-feed';
import type { ChangeListener } from '../change-feed/change-listener';
import { Clock } from '../clock/clock';
import { ResolvedAuthOptions } from '../options/auth-options';

/** What an access token says of the session it belongs to. */
export interface SessionReference {
  readonly sessionId: string;
  readonly accountId: string;
  /** The claim `ae`. */
  readonly accountEpoch: number;
  /** The claim `sv`. Left out: the first version, in which no roles were chosen. */
  readonly sessionVersion?: number;
  /** The claim `iat`, in seconds. */
  readonly issuedAt: number;
}

/** The version that every session begins with. */
export const FIRST_SESSION_VERSION = 1;

interface VersionEntry {
  readonly version: number;
  readonly forgetAt: number;
}

interface EpochEntry {
  readonly epoch: number;
  readonly exceptSessionId?: string;
  readonly forgetAt: number;
}

const MAX_ENTRIES = 1_000_000;

/**
 * The sessions and epochs whose access tokens are refused, in the memory of this instance.
 *
 * Revocation is keyed on the session and the account, never on the text of a token, which can be
 * spelt in more than one way (control JW-10). An entry is forgotten when every token it could refuse
 * has expired.
 */
@Injectable()
export class Revocations implements ChangeListener {
  readonly #sessions = new Map<string, number>();
  readonly #epochs = new Map<string, EpochEntry>();
  readonly #versions = new Map<string, VersionEntry>();
  readonly #spanMilliseconds: number;
  #refuseIssuedUpTo = Number.NEGATIVE_INFINITY;

  constructor(
    feed: ChangeFeed,
    private readonly clock: Clock,
    @Inject(ResolvedAuthOptions) options: ResolvedAuthOptions,
  ) {
    const { ttlSeconds, clockToleranceSeconds } = options.accessTokens;
    this.#spanMilliseconds = (ttlSeconds + 2 * clockToleranceSeconds) * 1000;
    feed.subscribe(this);
  }

  /** Whether the access tokens of a session are refused. */
  covers(reference: SessionReference): boolean {
    const { sessionId, accountId, accountEpoch, issuedAt } = reference;
    if (this.heardOf({ sessionId, accountId, accountEpoch })) return true;
    if (issuedAt <= this.#refuseIssuedUpTo) return true;
    const { sessionVersion = FIRST_SESSION_VERSION } = reference;
    return sessionVersion < (this.#versions.get(sessionId)?.version ?? 0);
  }

  /** Whether this instance heard that a session ended, by itself or with its account's epoch. */
  heardOf({
    sessionId,
    accountId,
    accountEpoch,
  }: Pick<SessionReference, 'sessionId' | 'accountId' | 'accountEpoch'>): boolean {
    if (this.#sessions.has(sessionId)) return true;
    const entry = this.#epochs.get(accountId);
    return entry !== undefined && accountEpoch < entry.epoch && entry.exceptSessionId !== sessionId;
  }

  onChange(change: Change): void {
    const forgetAt = this.clock.monotonic() + this.#spanMilliseconds;
    if (change.kind === 'session_revoked') {
      this.#sessions.delete(change.sessionId);
      this.#sessions.set(change.sessionId, forgetAt);
    } else if (change.kind === 'account_epoch') {
      this.#raise(change.accountId, { ...change, forgetAt });
    } else if (change.kind === 'session_version') {
      this.#supersede(change.sessionId, { version: change.version, forgetAt });
    } else {
      return;
    }
    this.#forget();
  }

  #supersede(sessionId: string, entry: VersionEntry): void {
    if ((this.#versions.get(sessionId)?.version ?? 0) > entry.version) return;
    this.#versions.delete(sessionId);
    this.#versions.set(sessionId, entry);
  }

  #raise(accountId: string, entry: EpochEntry): void {
    const known = this.#epochs.get(accountId);
    if (known !== undefined && known.epoch > entry.epoch) return;
    this.#epochs.delete(accountId);
    this.#epochs.set(accountId, entry);
  }

  /** Maps keep the order of insertion, so the entries to forget stand in front. */
  #forget(): void {
    const now = this.clock.monotonic();
    for (const [id, forgetAt] of this.#sessions) {
      if (forgetAt > now) break;
      this.#sessions.delete(id);
    }
    for (const entries of [this.#epochs, this.#versions]) {
      for (const [id, { forgetAt }] of entries) {
        if (forgetAt > now) break;
        entries.delete(id);
      }
    }
    if (this.#sessions.size + this.#epochs.size + this.#versions.size > MAX_ENTRIES) {
      this.#collapse();
    }
  }

  /** Rather than grow without bound, refuse every token issued until now; clients refresh, nobody is signed out. */
  #collapse(): void {
    this.#refuseIssuedUpTo = this.clock.nowSeconds();
    this.#sessions.clear();
    this.#epochs.clear();
    this.#versions.clear();
  }
}
