import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { Change } from '../change-feed/change';
import { ChangeFeed } from '../change-feed/change-feed';
import type { ChangeListener } from '../change-feed/change-listener';
import { Clock } from '../clock/clock';
import { AuthError } from '../errors/auth-error';
import { ConfigurationError, type ConfigurationProblem } from '../errors/configuration-error';
import { KeysService, type LoadedKey } from './keys.service';
import type { PublicSigningJwk, SigningKey, VerificationKey } from './signing-key';

/** However many tokens name unknown keys, they cost one query in this time. */
const UNKNOWN_KEY_RELOAD_MS = 1000;
const RETRY_MS = 250;

/**
 * The signing keys of this deployment, in memory. It follows the change feed, so that a new key
 * verifies and a revoked key stops to verify on every instance within one second.
 */
@Injectable()
export class KeyRing implements OnModuleInit, OnModuleDestroy, ChangeListener {
  readonly #logger = new Logger('Portcullis');
  #keys: ReadonlyMap<string, LoadedKey> = new Map();
  #current?: SigningKey;
  #publicKeys: readonly PublicSigningJwk[] = [];
  #problems: readonly ConfigurationProblem[] = [];
  #generation = 0;
  #loading?: Promise<void>;
  #queued?: Promise<void>;
  #unknownReload?: Promise<void>;
  #unknownReloadAt = Number.NEGATIVE_INFINITY;
  #retry?: NodeJS.Timeout;
  #unsubscribe?: () => void;

  constructor(
    private readonly keys: KeysService,
    private readonly changes: ChangeFeed,
    private readonly clock: Clock,
  ) {}

  /** Rises whenever the set of keys changed; what was verified under an older one counts no longer. */
  get generation(): number {
    return this.#generation;
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

  /** The key of this name, when it may verify; undefined for unknown and revoked ones. */
  verificationKey(kid: string): VerificationKey | undefined {
    return this.#keys.get(kid)?.verification;
  }

  /** What the JWKS shows: every key that verifies or soon will. */
  publicKeys(): readonly PublicSigningJwk[] {
    return this.#publicKeys;
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
    await this.keys.reseal();
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
    const { keys, problems } = await this.keys.load(this.#keys);
    this.#problems = problems;
    for (const { option, bound, reason } of problems) {
      this.#logger.warn(`The ${option} is not used: it must be ${bound} (${reason}).`);
    }
    if (fingerprint(keys) === fingerprint([...this.#keys.values()])) return;
    this.#keys = new Map(keys.map((key) => [key.publicJwk.kid, key]));
    this.#current = keys.find(({ status }) => status === 'current')?.signing;
    this.#publicKeys = Object.freeze(keys.map(({ publicJwk }) => publicJwk));
    this.#generation += 1;
  }

  /** A key that somebody revoked must not stay because the database was away for a moment. */
  #reloadUntilDone(): void {
    this.reload().catch((error: unknown) => {
      if (this.#unsubscribe === undefined) return;
      this.#logger.warn(`The signing keys could not be read, trying again: ${String(error)}`);
      clearTimeout(this.#retry);
      this.#retry = setTimeout(() => this.#reloadUntilDone(), RETRY_MS);
      this.#retry.unref();
    });
  }
}

function fingerprint(keys: readonly LoadedKey[]): string {
  return keys.map(({ publicJwk, status }) => `${publicJwk.kid} ${status}`).join();
}
