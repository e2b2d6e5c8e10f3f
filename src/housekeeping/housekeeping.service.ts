import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { Purge } from '../database/purge';
import { CleanUpsRepository } from './clean-ups.repository';
import { Purges } from './purges';

/** Between two steps, so that a clean-up takes a small part of what the database can do. */
const PAUSE_MS = 25;

/** What a clean-up did. */
export interface CleanUp {
  /** Rows that are gone, by what they were. */
  readonly removed: Readonly<Record<string, number>>;
  /** What another instance was cleaning up, or had cleaned up lately. */
  readonly left: readonly string[];
}

/** Removes what nobody needs any more, a little at a time. */
@Injectable()
export class Housekeeping {
  #isStopped = false;

  constructor(
    private readonly cleanUps: CleanUpsRepository,
    @Inject(Purges) private readonly purges: Purges,
  ) {}

  /**
   * Cleans up whatever was last cleaned up so many seconds ago, or is not being cleaned up just now. One
   * that ends half-way, whatever the reason, has harmed nothing: the next one removes the rest.
   *
   * @throws AuthError `database_unavailable`, also where a step met a lock that somebody held for long
   */
  async cleanUp(ageSeconds = 0): Promise<CleanUp> {
    const removed: Record<string, number> = {};
    const left: string[] = [];
    for (const purge of this.purges) {
      const count = (await this.cleanUps.begin(purge.name, ageSeconds))
        ? await this.#purge(purge)
        : undefined;
      if (count === undefined) left.push(purge.name);
      else removed[purge.name] = count;
    }
    return { removed, left };
  }

  /** The step under way is the last one. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Undefined where another instance was found at work. */
  async #purge(purge: Purge): Promise<number | undefined> {
    let removed = 0;
    let from: string | undefined;
    do {
      if (this.#isStopped) return undefined;
      const step = await this.cleanUps.alone((tx) => purge.step(from, tx));
      if (step === undefined) return undefined;
      removed += step.removed;
      from = step.next;
      if (from !== undefined) await sleep(PAUSE_MS);
    } while (from !== undefined);
    await this.cleanUps.finish(purge.name, removed);
    return removed;
  }
}
