import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '../database/unit-of-work';
import type { ConfigurationProblem } from '../errors/configuration-error';
import { SecretKeys } from '../options/secret-keys';
import { KeysRepository, type StoredSigningKey } from './keys.repository';
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

/** Creates, opens and seals the stored signing keys. */
@Injectable()
export class KeysService {
  constructor(
    private readonly stored: KeysRepository,
    private readonly secrets: SecretKeys,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /** Makes the first key, unless there is one. However many instances boot at once, they agree on it. */
  async ensureCurrentKey(): Promise<void> {
    if (await this.stored.hasCurrent()) return;
    await this.unitOfWork.run(async (tx) => {
      await this.stored.lockCreation(tx);
      if (await this.stored.hasCurrent(tx)) return;
      const material = generateKeyMaterial();
      const sealedPrivateKey = this.#seal(material);
      await this.stored.insertCurrent({ publicJwk: material.publicJwk, sealedPrivateKey }, tx);
    });
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

function placeOf({ kid, alg }: { readonly kid: string; readonly alg: string }): SealedPlace {
  return { purpose: `signing-key ${alg}`, id: kid };
}

function problem(kid: string, bound: string, reason: string): ConfigurationProblem {
  return { option: `signing key ${kid}`, bound, reason };
}
