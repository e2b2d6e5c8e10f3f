import { Injectable } from '@nestjs/common';
import { Database, type Tx } from './database';

/** One transaction across capabilities: services open it and pass the opaque `tx` to repositories. */
@Injectable()
export class UnitOfWork {
  constructor(private readonly database: Database) {}

  /**
   * Runs work in one transaction.
   *
   * @throws AuthError `database_unavailable`, and whatever the work throws, after a rollback
   */
  run<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> {
    return this.database.transaction(work);
  }
}
