import { Injectable } from '@nestjs/common';
import { SecretKeys } from '../options/secret-keys';
import { SecretUsesRepository, type SecretUse } from './secret-uses.repository';

/**
 * What may be done with a secret: `current` protects what is made now, `needed` still opens something,
 * `removable` opens nothing that anybody would miss, `missing` is needed and not among `secrets`.
 */
export type SecretVerdict = 'current' | 'needed' | 'removable' | 'missing';

/** One secret, named by its fingerprint, and what it is needed for. */
export interface SecretStatus extends SecretUse {
  readonly verdict: SecretVerdict;
}

/** Knows which of `secrets` may be taken away. */
@Injectable()
export class SecretUses {
  constructor(
    private readonly uses: SecretUsesRepository,
    private readonly secrets: SecretKeys,
  ) {}

  /** Writes down that this instance protects new things under its current secret. */
  async record(): Promise<void> {
    const [current = ''] = this.secrets.fingerprints();
    await this.uses.record(current);
  }

  /** Every secret of this instance in their order, then what it misses. */
  async status(): Promise<readonly SecretStatus[]> {
    const configured = this.secrets.fingerprints();
    const found = await this.uses.find(configured);
    const own = configured.flatMap((one) => found.filter(({ fingerprint }) => fingerprint === one));
    const missing = found.filter((use) => !configured.includes(use.fingerprint) && isNeeded(use));
    return [
      ...own.map((use, index) => ({ ...use, verdict: verdictOf(use, index) })),
      ...missing.map((use) => ({ ...use, verdict: 'missing' as const })),
    ];
  }
}

function verdictOf(use: SecretUse, index: number): SecretVerdict {
  if (index === 0) return 'current';
  // Whoever has a page open could only load it again: no reason to call a secret missing.
  const isMissed = use.isUsedNow || use.formTokensEndAt !== null;
  return isNeeded(use) || isMissed ? 'needed' : 'removable';
}

function isNeeded({ signingKeys, sessions }: SecretUse): boolean {
  return signingKeys > 0 || sessions > 0;
}
