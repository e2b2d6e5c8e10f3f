import { Injectable } from '@nestjs/common';
import type { Tx } from '../database/database';
import type { Purge, PurgeStep } from '../database/purge';
import { IdleGuessesRepository } from './idle-guesses.repository';

/** Removes counters of guesses that stop nobody and will stop nobody. */
@Injectable()
export class GuessPurge implements Purge {
  readonly name = 'guesses';

  constructor(private readonly idle: IdleGuessesRepository) {}

  step(from: string | undefined, tx: Tx): Promise<PurgeStep> {
    return this.idle.removeFrom(from, tx);
  }
}
