import { Injectable } from '@nestjs/common';
import type { Tx } from '../database/database';
import { stepOf, type Purge, type PurgeStep } from '../database/purge';
import { ACCESS_TOKEN_BOUNDS } from '../options/token-options';
import { OldChangesRepository } from './old-changes.repository';

const { ttlSeconds, clockToleranceSeconds } = ACCESS_TOKEN_BOUNDS;

/**
 * Twice the past that an instance replays when it connects. It follows from the longest life that any
 * configuration may give an access token, not from the one of this instance: others may have another.
 */
export const CHANGE_RETENTION_SECONDS = 2 * (ttlSeconds.max + 2 * clockToleranceSeconds.max);

/** Removes changes that no instance could still have to hear of. */
@Injectable()
export class ChangePurge implements Purge {
  readonly name = 'changes';

  constructor(private readonly changes: OldChangesRepository) {}

  async step(_from: string | undefined, tx: Tx): Promise<PurgeStep> {
    return stepOf(await this.changes.removeOlderThan(CHANGE_RETENTION_SECONDS, tx));
  }
}
