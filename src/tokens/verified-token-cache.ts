import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Change } from '../change-feed/change';
import { ChangeFeed } from '../change-feed/change-feed';
import type { ChangeListener } from '../change-feed/change-listener';
import { Clock } from '../clock/clock';
import { KeyRing } from '../keys/key-ring';
import { ResolvedAuthOptions } from '../options/auth-options';
import { labels } from '../telemetry/labels';
import { Telemetry } from '../telemetry/telemetry';
import { isOver } from './access-token-claims';
import type { VerifiedAccessToken } from './verified-access-token';

const HIT = labels({
  'portcullis.cache.name': 'verified_token',
  'portcullis.cache.result': 'hit',
});
const MISS = labels({ ...HIT, 'portcullis.cache.result': 'miss' });

/**
 * Remembers which tokens were verified, so that a guarded request costs no signature check.
 *
 * It is keyed on the whole token (control JW-13), says nothing about revocation, which is decided by
 * session and account epoch on each request, and forgets everything when the keys change.
 */
@Injectable()
export class VerifiedTokenCache implements OnModuleInit, OnModuleDestroy, ChangeListener {
  readonly #entries?: LRUCache<string, VerifiedAccessToken>;
  readonly #clockToleranceSeconds: number;
  readonly #lookups;
  #generation = -1;
  #unsubscribe?: () => void;

  constructor(
    @Inject(ResolvedAuthOptions) { accessTokens }: ResolvedAuthOptions,
    private readonly keys: KeyRing,
    private readonly changes: ChangeFeed,
    private readonly clock: Clock,
    telemetry: Telemetry = new Telemetry(),
  ) {
    this.#lookups = telemetry.counter('portcullis.cache.lookups');
    // A cache of lru-cache without a bound is unbounded, so none at all stands for no entries.
    if (accessTokens.cacheEntries > 0)
      this.#entries = new LRUCache({ max: accessTokens.cacheEntries });
    this.#clockToleranceSeconds = accessTokens.clockToleranceSeconds;
  }

  /** How many tokens are remembered. */
  get size(): number {
    return this.#entries?.size ?? 0;
  }

  /** What a token said when it was verified, while it is neither expired nor its keys out of date. */
  get(token: string): VerifiedAccessToken | undefined {
    const known = this.#find(token);
    this.#lookups.add(1, known === undefined ? MISS : HIT);
    return known;
  }

  #find(token: string): VerifiedAccessToken | undefined {
    // A key that was revoked between a change and its reload may have verified in between.
    if (this.#generation !== this.keys.generation) return undefined;
    const verified = this.#entries?.get(token);
    if (verified === undefined) return undefined;
    const nowSeconds = this.clock.nowSeconds();
    const clockToleranceSeconds = this.#clockToleranceSeconds;
    // A clock that was set back would otherwise lengthen the life of what is remembered.
    const isTimely =
      verified.issuedAt <= nowSeconds + clockToleranceSeconds &&
      !isOver(verified.expiresAt, { nowSeconds, clockToleranceSeconds });
    if (isTimely) return verified;
    this.#entries?.delete(token);
    return undefined;
  }

  /** Remembers a token that the present keys have verified. */
  remember(token: string, verified: VerifiedAccessToken): void {
    if (this.#generation !== this.keys.generation) {
      this.clear();
      this.#generation = this.keys.generation;
    }
    this.#entries?.set(token, verified);
  }

  clear(): void {
    this.#entries?.clear();
  }

  onChange(change: Change): void {
    if (change.kind === 'keys') this.clear();
  }

  onReconnect(): void {
    this.clear();
  }

  onModuleInit(): void {
    this.#unsubscribe = this.changes.subscribe(this);
  }

  onModuleDestroy(): void {
    this.#unsubscribe?.();
  }
}
