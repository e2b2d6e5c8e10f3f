import { Injectable } from '@nestjs/common';
import { ChangeFeed } from '../change-feed/change-feed';
import type { Tx } from '../database/database';
import { UnitOfWork } from '../database/unit-of-work';
import { AuthError } from '../errors/auth-error';
import type { ConfigurationProblem } from '../errors/configuration-error';
import { SecretKeys } from '../options/secret-keys';
import {
  KeysRepository,
  type KeyActor,
  type SigningKeyRecord,
  type StoredSigningKey,
} from './keys.repository';
import { isSealedUnderCurrent, openValue, sealValue, type SealedPlace } from './sealed-value';
import {
  exportPrivateKey,
  generateKeyMaterial,
  importPrivateKey,
  isSigningAlgorithm,
  type KeyMaterial,
} from './signing-key';

/** A stored key that this instance could open. */
export interface LoadedKey extends KeyMaterial {
  readonly status: StoredSigningKey['status'];
}

/** The usable keys of this deployment, and why some could not be used. */
export interface LoadedKeys {
  readonly keys: readonly LoadedKey[];
  readonly problems: readonly ConfigurationProblem[];
}

/** A thumbprint (RFC 7638) or what an earlier version named a key by; anything else names none. */
const KID = /^[\w-]{1,128}$/;

/** Creates, opens, seals, rotates and revokes the stored signing keys. */
@Injectable()
export class KeysService {
  constructor(
    private readonly stored: KeysRepository,
    private readonly secrets: SecretKeys,
    private readonly unitOfWork: UnitOfWork,
    private readonly feed: ChangeFeed,
  ) {}

  /** Makes the first key, unless there is one. However many instances boot at once, they agree on it. */
  async ensureCurrentKey(): Promise<void> {
    if (await this.stored.hasCurrent()) return;
    await this.unitOfWork.run(async (tx) => {
      await this.stored.lockCreation(tx);
      if (await this.stored.hasCurrent(tx)) return;
      await this.#insertCurrent({}, tx);
    });
  }

  /** Every key, the newest first, at most 1000; nothing of it is secret. */
  list(): Promise<readonly SigningKeyRecord[]> {
    return this.stored.list();
  }

  /**
   * Signs with a new key from now on. What the key before has signed stays good until it expires.
   * Calls at once, also on other instances, rotate one after the other.
   *
   * @returns the new key
   */
  async rotate(by: KeyActor): Promise<SigningKeyRecord> {
    const made = await this.unitOfWork.run(async (tx) => {
      await this.stored.lockCreation(tx);
      await this.stored.retireCurrent(by, tx);
      return this.#insertCurrent(by, tx);
    });
    this.feed.deliver({ kind: 'keys' });
    return made;
  }

  /**
   * Refuses whatever a key has signed, on every instance within one second; our own instances only:
   * whoever verifies by the JWKS does so until its copy is out of date. In place of the current key a
   * new one signs at once.
   *
   * @returns the revoked key
   * @throws AuthError `not_found`, `conflict` when it was revoked before
   */
  async revoke(kid: string, by: KeyActor): Promise<SigningKeyRecord> {
    if (typeof kid !== 'string' || !KID.test(kid)) throw new AuthError('not_found');
    const revoked = await this.unitOfWork.run(async (tx) => {
      await this.stored.lockCreation(tx);
      const result = await this.stored.revoke({ kid, ...actorOf(by) }, tx);
      if (result.outcome === 'unknown') throw new AuthError('not_found');
      if (result.outcome === 'revoked_before') {
        throw new AuthError('conflict', { detail: 'This key was revoked before.' });
      }
      if (result.wasCurrent) await this.#insertCurrent(by, tx);
      return this.#recordOf(kid, tx);
    });
    this.feed.deliver({ kind: 'keys' });
    return revoked;
  }

  /**
   * Reads every key that may verify. A `kid` is the thumbprint of its key, so what is known by it
   * needs no opening again, also when the secret it was sealed under is no longer here.
   */
  async load(known: ReadonlyMap<string, KeyMaterial> = new Map()): Promise<LoadedKeys> {
    const keys: LoadedKey[] = [];
    const problems: ConfigurationProblem[] = [];
    for (const row of await this.stored.findUsable()) {
      const material = known.get(row.kid) ?? this.#open(row);
      if ('bound' in material) problems.push(material);
      else keys.push({ ...material, status: row.status });
    }
    return { keys, problems };
  }

  /** Seals every key under the current secret, so that older secrets can be taken away later. */
  async reseal(): Promise<void> {
    for (const row of await this.stored.findUsable()) {
      if (isSealedUnderCurrent(this.secrets, row.sealedPrivateKey)) continue;
      const material = this.#open(row);
      if ('bound' in material) continue;
      const to = this.#seal(material);
      await this.stored.replaceSealed(row.kid, { from: row.sealedPrivateKey, to });
    }
  }

  async #insertCurrent(by: KeyActor, tx: Tx): Promise<SigningKeyRecord> {
    const material = generateKeyMaterial();
    const { publicJwk } = material;
    const key = { publicJwk, sealedPrivateKey: this.#seal(material), ...actorOf(by) };
    const isMade = await this.stored.insertCurrent(key, tx);
    // Under the creation lock only somebody who writes the table by hand can be faster.
    if (!isMade) throw new AuthError('conflict', { detail: 'Another key became the current one.' });
    return this.#recordOf(publicJwk.kid, tx);
  }

  async #recordOf(kid: string, tx: Tx): Promise<SigningKeyRecord> {
    const record = await this.stored.find(kid, tx);
    if (record === undefined) throw new AuthError('internal_error', { cause: `no key ${kid}` });
    return record;
  }

  #seal(material: KeyMaterial): Buffer {
    return sealValue(this.secrets, exportPrivateKey(material), placeOf(material.publicJwk));
  }

  #open({
    kid,
    algorithm,
    sealedPrivateKey,
  }: StoredSigningKey): KeyMaterial | ConfigurationProblem {
    if (!isSigningAlgorithm(algorithm)) {
      return problem(kid, 'of an algorithm this version knows', `it is of ${algorithm}`);
    }
    const opened = openValue(this.secrets, sealedPrivateKey, placeOf({ kid, alg: algorithm }));
    if (opened.outcome === 'secret_missing') {
      return problem(
        kid,
        'sealed under one of `secrets`',
        'add the secret it was sealed under, after the current one, and start once more',
      );
    }
    const material =
      opened.outcome === 'opened' ? importPrivateKey(algorithm, opened.plaintext) : undefined;
    if (material?.publicJwk.kid === kid) return material;
    return problem(kid, 'as it was sealed', 'its row was changed by somebody without `secrets`');
  }
}

/** By name, so that nothing else a caller's object holds can stand in for the key. */
function actorOf({ actorId, origin }: KeyActor): KeyActor {
  return { actorId, origin };
}

function placeOf({ kid, alg }: { readonly kid: string; readonly alg: string }): SealedPlace {
  return { purpose: `signing-key ${alg}`, id: kid };
}

function problem(kid: string, bound: string, reason: string): ConfigurationProblem {
  return { option: `signing key ${kid}`, bound, reason };
}
