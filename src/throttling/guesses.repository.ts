import { Inject, Injectable } from '@nestjs/common';
import { Database, type Tx } from '../database/database';
import { Parameters } from '../database/parameters';
import { ResolvedAuthOptions } from '../options/auth-options';
import type { GuessLane, GuessReservation } from './guess-reservation';
import { clearGuessCtes, refundGuessSql, reserveGuessCtes, resetGuessSql } from './guess.sql';

/** A counter as it stands, in database time. */
export interface GuessCounter {
  readonly lane: 'source' | GuessLane;
  readonly failures: number;
  /** Seconds until the next guess of an identifier; negative once it has passed. */
  readonly waitSeconds: number;
  /** Seconds until the window of a source ends; null for identifiers. */
  readonly windowSeconds: number | null;
}

@Injectable()
export class GuessesRepository {
  constructor(
    private readonly database: Database,
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
  ) {}

  /** Whether the guess was granted, and with that charged. */
  async reserve(reservation: GuessReservation): Promise<boolean> {
    const parameters = new Parameters();
    const { tables } = this.database;
    const { ctes, granted } = reserveGuessCtes(
      tables,
      parameters,
      reservation,
      this.options.guessing,
    );
    const [row] = await this.database.query<{ granted: boolean }>(
      `WITH ${ctes} SELECT ${granted} AS granted`,
      parameters.values,
    );
    return row?.granted === true;
  }

  async countersOf(reservation: GuessReservation): Promise<GuessCounter[]> {
    return this.database.query<GuessCounter>(
      `SELECT lane, failures,
          extract(epoch FROM next_at - clock_timestamp())::float8 AS "waitSeconds",
          extract(epoch FROM window_ends_at - clock_timestamp())::float8 AS "windowSeconds"
        FROM ${this.database.tables.guesses}
        WHERE (key, lane) IN (($1::bytea, 'source'), ($2::bytea, $3::text))`,
      [reservation.sourceKey, reservation.identifierKey, reservation.lane],
    );
  }

  async clear(reservation: GuessReservation, tx?: Tx): Promise<void> {
    const parameters = new Parameters();
    const ctes = clearGuessCtes(this.database.tables, parameters, reservation);
    await this.database.query(`WITH ${ctes} SELECT`, parameters.values, tx);
  }

  async refund(reservation: GuessReservation): Promise<void> {
    const parameters = new Parameters();
    const { tables } = this.database;
    const sql = refundGuessSql(tables, parameters, reservation, this.options.guessing);
    await this.database.query(sql, parameters.values);
  }

  async reset(identifierKey: Buffer, tx?: Tx): Promise<void> {
    const parameters = new Parameters();
    const sql = resetGuessSql(this.database.tables, parameters, identifierKey);
    await this.database.query(sql, parameters.values, tx);
  }
}
