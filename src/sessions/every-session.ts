import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '../database/unit-of-work';
import { EverySessionRepository } from './every-session.repository';

/** How much was ended. */
export interface EverybodysEnd {
  readonly accounts: number;
  readonly sessions: number;
}

/** Ends the sessions of everybody, as after a restore from backup or where a secret leaked. */
@Injectable()
export class EverySession {
  constructor(
    private readonly stored: EverySessionRepository,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /**
   * Ends every session that there is, some accounts at a time: each step is a transaction with its own
   * record. Access tokens are refused too, also those of a time that a backup has forgotten. One that
   * ends half-way has ended what it says; the next one begins anew.
   *
   * @throws AuthError `database_unavailable`
   */
  async revokeAll(): Promise<EverybodysEnd> {
    let [accounts, sessions] = [0, 0];
    let from: string | undefined;
    do {
      const step = await this.#step(from);
      accounts += step.accounts;
      sessions += step.sessions;
      from = step.next;
    } while (from !== undefined);
    return { accounts, sessions };
  }

  #step(from: string | undefined): Promise<EverybodysEnd & { readonly next?: string }> {
    return this.unitOfWork.run(async (tx) => {
      const raised = await this.stored.raiseEpochs(from, tx);
      const accounts = raised.ids.length;
      const sessions = accounts === 0 ? 0 : await this.stored.endThoseOf(raised, tx);
      return { accounts, sessions, next: raised.next };
    });
  }
}
