import {
  Inject,
  Injectable,
  Logger,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import type { Change } from '../change-feed/change';
import { ChangeFeed } from '../change-feed/change-feed';
import type { ChangeListener } from '../change-feed/change-listener';
import { Clock } from '../clock/clock';
import { AuthError } from '../errors/auth-error';
import { ConfigurationError, type ConfigurationProblem } from '../errors/configuration-error';
import { ResolvedAuthOptions } from '../options/auth-options';
import { KeyLoader, type LoadedKey } from './key-loader';
import { KeysService } from './keys.service';
import type { PublicSigningJwk, SigningKey, VerificationKey } from './signing-key';

/** However many tokens name unknown keys, they cost one query in this time. */
const UNKNOWN_KEY_RELOAD_MS = 1000;
const RETRY_MS = 250;

interface KnownKey extends LoadedKey {
  /** On the monotonic clock. */
  readonly verifiesUntil: number;
}

/**
 * The signing keys of this deployment, in memory. It follows the change feed, so that a new key
 * verifies and a revoked key stops to verify on every instance within one second.
 */
@Injectable()
export class KeyRing implements OnModuleInit, OnModuleDestroy, ChangeListener {
  readonly #logger = new Logger('Portcullis');
  #keys: ReadonlyMap<string, KnownKey> = new Map();
  #current?: SigningKey;
  #problems: readonly ConfigurationProblem[] = [];
  #dueAt = Number.POSITIVE_INFINITY;
  #generation = 0;
  #loading?: Promise<void>;
  #queued?: Promise<void>;
  #unknownReload?: Promise<void>;
  #unknownReloadAt = Number.NEGATIVE_INFINITY;
  #retry?: NodeJS.Timeout;
  /** Since when a change is known of that was not read yet, on the monotonic clock. */
  #owingSince?: number;
  #unsubscribe?: () => void;

  constructor(
    private readonly keys: KeysService,
    private readonly loader: KeyLoader,
    private readonly changes: ChangeFeed,
    private readonly clock: Clock,
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
  ) {}

  /** Rises whenever the set of keys changed; what was verified under an older one counts no longer. */
  get generation(): number {
    return this.#generation;
  }

  /** When a key has to change its status or is dead, on the monotonic clock. */
  get dueAt(): number {
    return this.#dueAt;
  }

  /**
   * The key that signs now.
   *
   * @throws AuthError `internal_error` when the current key cannot be opened
   */
  signingKey(): SigningKey {
    if (this.#current !== undefined) return this.#current;
    throw new AuthError('internal_error', { cause: 'no usable signing key is current' });
  }

  /**
   * The key of this name, when it may verify; undefined for unknown, revoked and dead ones.
   *
   * @throws AuthError `authority_stale` while a change is known of, a revocation perhaps, that could not
   * be read for longer than anything may be decided from memory
   */
  verificationKey(kid: string): VerificationKey | undefined {
    if (this.#owesForLong()) throw new AuthError('authority_stale', { retryAfterSeconds: 1 });
    const known = this.#keys.get(kid);
    // Its time ends also while the keys cannot be read.
    return known !== undefined && this.#isAlive(known) ? known.verification : undefined;
  }

  /** What the JWKS shows: every key that verifies or soon will, the current one first; no HS256 key. */
  publicKeys(): readonly PublicSigningJwk[] {
    const alive = [...this.#keys.values()].filter((key) => this.#isAlive(key));
    return alive.flatMap(({ publicJwk }) => publicJwk ?? []);
  }

  /**
   * Reads the keys again. The promise resolves when every change committed before the call is known;
   * calls that come while one read is under way share the next one.
   *
   * @throws AuthError `database_unavailable`; the keys known before stay
   */
  reload(): Promise<void> {
    if (this.#loading === undefined) {
      this.#loading = this.#load().finally(() => (this.#loading = undefined));
      return this.#loading;
    }
    this.#queued ??= this.#loading
      .catch(() => undefined)
      .then(() => {
        this.#queued = undefined;
        return this.reload();
      });
    return this.#queued;
  }

  /**
   * Reads the keys again because a token names an unknown one, at most once a second. Undefined means
   * that the last look is too recent, so the key does not exist.
   */
  reloadForUnknownKey(): Promise<void> | undefined {
    if (this.#unknownReload !== undefined) return this.#unknownReload;
    const now = this.clock.monotonic();
    if (now - this.#unknownReloadAt < UNKNOWN_KEY_RELOAD_MS) return undefined;
    this.#unknownReloadAt = now;
    this.#unknownReload = this.reload().finally(() => (this.#unknownReload = undefined));
    return this.#unknownReload;
  }

  onChange(change: Change): void {
    if (change.kind === 'keys') this.#reloadUntilDone();
  }

  onReconnect(): Promise<void> {
    return this.reload();
  }

  /** @throws ConfigurationError when the current key cannot be opened with the configured secrets */
  async onModuleInit(): Promise<void> {
    // Before the first read, so that no change falls between the two.
    this.#unsubscribe = this.changes.subscribe(this);
    await this.keys.ensureCurrentKey();
    await this.loader.reseal();
    await this.reload();
    if (this.#current === undefined) throw new ConfigurationError(this.#problems);
  }

  async onModuleDestroy(): Promise<void> {
    this.#unsubscribe?.();
    clearTimeout(this.#retry);
    this.#unsubscribe = undefined;
    await Promise.allSettled([this.#loading, this.#queued]);
  }

  async #load(): Promise<void> {
    const startedAt = this.clock.monotonic();
    const { keys, problems, dueInSeconds } = await this.loader.load(this.#keys);
    this.#warn(problems);
    this.#dueAt = startedAt + dueInSeconds * 1000;
    const hasChanged = fingerprint(keys) !== fingerprint([...this.#keys.values()]);
    this.#keys = new Map(
      keys.map((key) => {
        const verifiesUntil = startedAt + key.verifiesForSeconds * 1000;
        return [key.signing.kid, { ...key, verifiesUntil }];
      }),
    );
    this.#current = keys.find(({ status }) => status === 'current')?.signing;
    if (hasChanged) this.#generation += 1;
    if (this.#owingSince !== undefined && this.#owingSince <= startedAt)
      this.#owingSince = undefined;
  }

  #owesForLong(): boolean {
    if (this.#owingSince === undefined) return false;
    const { maxStalenessMilliseconds } = this.options.changeFeed;
    return this.clock.monotonic() - this.#owingSince > maxStalenessMilliseconds;
  }

  /** Once for each problem, however often the keys are read. */
  #warn(problems: readonly ConfigurationProblem[]): void {
    const known = new Set(this.#problems.map(({ option }) => option));
    this.#problems = problems;
    for (const { option, bound, reason } of problems) {
      if (known.has(option)) continue;
      this.#logger.warn(`The ${option} is not used: it must be ${bound} (${reason}).`);
    }
  }

  #isAlive({ verifiesUntil }: KnownKey): boolean {
    return this.clock.monotonic() < verifiesUntil;
  }

  /** A key that somebody revoked must not stay because the database was away for a moment. */
  #reloadUntilDone(): void {
    this.#owingSince ??= this.clock.monotonic();
    this.reload().catch((error: unknown) => {
      if (this.#unsubscribe === undefined) return;
      // What was verified with the keys as they are known has to be verified again.
      this.#generation += 1;
      this.#logger.warn(`The signing keys could not be read, trying again: ${String(error)}`);
      clearTimeout(this.#retry);
      this.#retry = setTimeout(() => this.#reloadUntilDone(), RETRY_MS);
      this.#retry.unref();
    });
  }
}

function fingerprint(keys: readonly LoadedKey[]): string {
  return keys.map(({ signing, status }) => `${signing.kid} ${status}`).join();
}
