import { Inject, Injectable } from '@nestjs/common';
import { ChangeFeed } from '../change-feed/change-feed';
import type { Tx } from '../database/database';
import { UnitOfWork } from '../database/unit-of-work';
import { AuthError } from '../errors/auth-error';
import { ResolvedAuthOptions } from '../options/auth-options';
import { labels } from '../telemetry/labels';
import { Telemetry } from '../telemetry/telemetry';
import { generateKeyMaterial } from './key-material';
import { KeyTransitionsRepository, type KeyActor, type NewKey } from './key-transitions.repository';
import { KeysRepository, type SuccessionReason } from './keys.repository';
import { SealedKeys } from './sealed-keys';
import type { SigningKeyRecord } from './signing-key-record';

const PUBLISHED = labels({ 'portcullis.key.event': 'published' });
const ACTIVATED = labels({ 'portcullis.key.event': 'activated' });
const REVOKED = labels({ 'portcullis.key.event': 'revoked' });

/** A thumbprint (RFC 7638) or what an earlier version named a key by; anything else names none. */
const KID = /^[\w-]{1,128}$/;

/** Makes, replaces and revokes the keys that sign access tokens, for all instances together. */
@Injectable()
export class KeysService {
  readonly #events;

  constructor(
    private readonly stored: KeysRepository,
    private readonly transitions: KeyTransitionsRepository,
    private readonly sealed: SealedKeys,
    private readonly unitOfWork: UnitOfWork,
    private readonly feed: ChangeFeed,
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
    telemetry: Telemetry = new Telemetry(),
  ) {
    this.#events = telemetry.counter('portcullis.key.events');
  }

  /** Makes the first key, unless there is one. However many instances boot at once, they agree on it. */
  async ensureCurrentKey(): Promise<void> {
    if ((await this.stored.findKid('current')) !== undefined) return;
    await this.#underLock(async (tx) => {
      if ((await this.stored.findKid('current', tx)) === undefined)
        await this.#insertCurrent({}, tx);
    });
  }

  /** Every key, the newest first, at most 1000; nothing of it is secret. */
  list(): Promise<readonly SigningKeyRecord[]> {
    return this.stored.list();
  }

  /**
   * Replaces the current key. The successor is published now and signs once everybody who keeps the
   * key set knows it, `signingKeys.publishAheadSeconds` later; a successor that was published before
   * is left as it is. With `now` it signs at once, and foreign servers that keep the key set may
   * refuse its tokens until their copy is out of date. What the key before has signed stays good
   * until it expires.
   *
   * @returns the successor
   */
  async rotate(
    by: KeyActor,
    { now = false }: { readonly now?: boolean } = {},
  ): Promise<SigningKeyRecord> {
    const made = await this.#underLock(async (tx) => {
      const waiting = await this.stored.findKid('next', tx);
      if (waiting === undefined) await this.#insertNext(by, tx);
      if (now) await this.transitions.activateNext({ ...actorOf(by), isDue: 'at once' }, tx);
      const kid = await this.stored.findKid(now ? 'current' : 'next', tx);
      return this.#recordOf(kid ?? '', tx);
    });
    this.#events.add(1, now ? ACTIVATED : PUBLISHED);
    this.feed.deliver({ kind: 'keys' });
    return made;
  }

  /**
   * Refuses whatever a key has signed, on every instance within one second; our own instances only:
   * whoever verifies by the JWKS does so until its copy is out of date. In place of the current key
   * the next one signs at once or, without one, a new one.
   *
   * @returns the revoked key
   * @throws AuthError `not_found`, `conflict` when it was revoked before
   */
  async revoke(kid: string, by: KeyActor): Promise<SigningKeyRecord> {
    if (typeof kid !== 'string' || !KID.test(kid)) throw new AuthError('not_found');
    const revoked = await this.#underLock(async (tx) => {
      const result = await this.transitions.revoke({ kid, ...actorOf(by) }, tx);
      if (result.outcome === 'unknown') throw new AuthError('not_found');
      if (result.outcome === 'revoked_before') {
        throw new AuthError('conflict', { detail: 'This key was revoked before.' });
      }
      if (result.wasCurrent) await this.#replaceRevoked(by, tx);
      return this.#recordOf(kid, tx);
    });
    this.#events.add(1, REVOKED);
    this.feed.deliver({ kind: 'keys' });
    return revoked;
  }

  /**
   * Does what is due by time: the next key becomes current, a key that is too old or of another
   * algorithm than the options say gets a successor. Any instance may do it, all of them may try.
   *
   * @returns whether anything changed
   */
  async advance(): Promise<boolean> {
    const { isActivated, isPublished } = await this.#underLock(async (tx) => {
      const activated = await this.transitions.activateNext({ isDue: 'by its time' }, tx);
      const reason = await this.stored.successionReason(tx);
      if (reason !== undefined) await this.#insertNext({ reason }, tx);
      return { isActivated: activated !== undefined, isPublished: reason !== undefined };
    });
    if (isActivated) this.#events.add(1, ACTIVATED);
    if (isPublished) this.#events.add(1, PUBLISHED);
    const hasChanged = isActivated || isPublished;
    if (hasChanged) this.feed.deliver({ kind: 'keys' });
    return hasChanged;
  }

  /** One change of the keys at a time, whichever instance makes it. */
  #underLock<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> {
    return this.unitOfWork.run(async (tx) => {
      await this.stored.lock(tx);
      return work(tx);
    });
  }

  async #replaceRevoked(by: KeyActor, tx: Tx): Promise<void> {
    const next = await this.transitions.activateNext({ ...actorOf(by), isDue: 'at once' }, tx);
    if (next === undefined) await this.#insertCurrent(by, tx);
  }

  async #insertCurrent(by: KeyActor, tx: Tx): Promise<void> {
    assertMade(await this.transitions.insertCurrent(await this.#newKey(by), tx));
  }

  async #insertNext(by: KeyActor & { readonly reason?: SuccessionReason }, tx: Tx): Promise<void> {
    const { publishAheadSeconds } = this.options.signingKeys;
    const key = { ...(await this.#newKey(by)), reason: by.reason };
    assertMade(await this.transitions.insertNext(key, publishAheadSeconds, tx));
  }

  async #newKey(by: KeyActor): Promise<NewKey> {
    const material = await generateKeyMaterial(this.options.signingKeys.algorithm);
    return { material, sealedPrivateKey: this.sealed.seal(material), ...actorOf(by) };
  }

  async #recordOf(kid: string, tx: Tx): Promise<SigningKeyRecord> {
    const record = await this.stored.find(kid, tx);
    if (record === undefined) throw new AuthError('internal_error', { cause: `no key ${kid}` });
    return record;
  }
}

/** By name, so that nothing else a caller's object holds can stand in for the key. */
function actorOf({ actorId, origin }: KeyActor): KeyActor {
  return { actorId, origin };
}

/** Under the lock only somebody who writes the table by hand can be faster. */
function assertMade(isMade: boolean): void {
  if (!isMade) throw new AuthError('conflict', { detail: 'Another key took its place.' });
}
