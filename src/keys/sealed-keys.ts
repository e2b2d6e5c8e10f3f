import { Injectable } from '@nestjs/common';
import type { ConfigurationProblem } from '../errors/configuration-error';
import { SecretKeys } from '../options/secret-keys';
import { exportPrivateKey, importPrivateKey } from './key-material';
import { isSealedUnderCurrent, openValue, sealValue, type SealedPlace } from './sealed-value';
import { isSigningAlgorithm, type KeyMaterial } from './signing-key';

/** A key as its row holds it. */
export interface SealedKey {
  readonly kid: string;
  readonly algorithm: string;
  readonly sealedPrivateKey: Buffer;
}

/** Seals signing keys for storage and opens them again. */
@Injectable()
export class SealedKeys {
  constructor(private readonly secrets: SecretKeys) {}

  seal(material: KeyMaterial): Buffer {
    return sealValue(this.secrets, exportPrivateKey(material), placeOf(material.signing));
  }

  /** The key, or why it cannot be used. */
  open({ kid, algorithm, sealedPrivateKey }: SealedKey): KeyMaterial | ConfigurationProblem {
    if (!isSigningAlgorithm(algorithm)) {
      return problem(kid, 'of an algorithm this version knows', `it is of ${algorithm}`);
    }
    const opened = openValue(this.secrets, sealedPrivateKey, placeOf({ kid, algorithm }));
    if (opened.outcome === 'secret_missing') {
      return problem(
        kid,
        'sealed under one of `secrets`',
        'add the secret it was sealed under, after the current one, and start once more',
      );
    }
    const material =
      opened.outcome === 'opened' ? importPrivateKey(algorithm, opened.plaintext) : undefined;
    if (material?.signing.kid === kid) return material;
    return problem(kid, 'as it was sealed', 'its row was changed by somebody without `secrets`');
  }

  /** Whether a key is sealed under the secret that seals now. */
  isCurrent({ sealedPrivateKey }: SealedKey): boolean {
    return isSealedUnderCurrent(this.secrets, sealedPrivateKey);
  }
}

/** The algorithm belongs to the place, so that no other one can be written beside a sealed key. */
function placeOf({ kid, algorithm }: Pick<SealedKey, 'kid' | 'algorithm'>): SealedPlace {
  return { purpose: `signing-key ${algorithm}`, id: kid };
}

function problem(kid: string, bound: string, reason: string): ConfigurationProblem {
  return { option: `signing key ${kid}`, bound, reason };
}
