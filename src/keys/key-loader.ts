import { Inject, Injectable } from '@nestjs/common';
import type { ConfigurationProblem } from '../errors/configuration-error';
import { ResolvedAuthOptions } from '../options/auth-options';
import { KeysRepository, type StoredSigningKey } from './keys.repository';
import { SealedKeys } from './sealed-keys';
import type { KeyMaterial } from './signing-key';

/** A stored key that this instance could open. */
export interface LoadedKey extends KeyMaterial {
  readonly status: StoredSigningKey['status'];
  /** Seconds for which it still verifies. */
  readonly verifiesForSeconds: number;
}

/** The usable keys of this deployment, and why some could not be used. */
export interface LoadedKeys {
  readonly keys: readonly LoadedKey[];
  readonly problems: readonly ConfigurationProblem[];
  /** Seconds until a key has to change its status or is dead. */
  readonly dueInSeconds: number;
}

/** Reads the stored keys and opens them. */
@Injectable()
export class KeyLoader {
  constructor(
    private readonly stored: KeysRepository,
    private readonly sealed: SealedKeys,
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
  ) {}

  /**
   * Reads every key that may verify. A `kid` is the name of its key, so what is known by it needs no
   * opening again, also when the secret it was sealed under is no longer here.
   */
  async load(known: ReadonlyMap<string, KeyMaterial> = new Map()): Promise<LoadedKeys> {
    const rows = await this.stored.findUsable();
    const keys: LoadedKey[] = [];
    const problems: ConfigurationProblem[] = [];
    for (const row of rows) {
      const material = known.get(row.kid) ?? this.sealed.open(row);
      if ('bound' in material) problems.push(material);
      else keys.push(loaded(material, row));
    }
    return { keys, problems, dueInSeconds: this.#dueInSeconds(rows) };
  }

  /** Seals every key under the current secret, so that older secrets can be taken away later. */
  async reseal(): Promise<void> {
    for (const row of await this.stored.findUsable()) {
      if (this.sealed.isCurrent(row)) continue;
      const material = this.sealed.open(row);
      if ('bound' in material) continue;
      const to = this.sealed.seal(material);
      await this.stored.replaceSealed(row.kid, { from: row.sealedPrivateKey, to });
    }
  }

  #dueInSeconds(rows: readonly StoredSigningKey[]): number {
    const hasNext = rows.some(({ status }) => status === 'next');
    const { algorithm } = this.options.signingKeys;
    const times = rows.map((row) => {
      if (row.status !== 'current') return row.dueInSeconds;
      if (hasNext) return undefined;
      return row.algorithm === algorithm ? row.dueInSeconds : 0;
    });
    return Math.min(...times.map((time) => time ?? Number.POSITIVE_INFINITY));
  }
}

function loaded({ signing, verification, publicJwk }: KeyMaterial, row: StoredSigningKey) {
  const { status, dueInSeconds } = row;
  const verifiesForSeconds = status === 'retired' ? (dueInSeconds ?? 0) : Number.POSITIVE_INFINITY;
  return { signing, verification, publicJwk, status, verifiesForSeconds };
}
