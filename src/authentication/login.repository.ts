import { Inject, Injectable } from '@nestjs/common';
import { Database } from '../database/database';
import { Parameters } from '../database/parameters';
import { ResolvedAuthOptions } from '../options/auth-options';
import type { GuessReservation } from '../throttling/guess-reservation';
import { reserveGuessCtes } from '../throttling/guess.sql';

/** What a login is verified against. */
export interface LoginAccount {
  readonly accountId: string;
  readonly passwordHash: string | null;
  readonly securityEpoch: number;
  /** Active, with a verified address. */
  readonly maySignIn: boolean;
}

interface ReadRow {
  readonly granted: boolean;
  readonly account_id: string | null;
  readonly password_hash: string | null;
  readonly security_epoch: number;
  readonly may_sign_in: boolean;
}

/** The first statement of a login. */
@Injectable()
export class LoginRepository {
  constructor(
    private readonly database: Database,
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
  ) {}

  /** Charges a guess and reads what it is checked against. The charge is committed before anything is hashed. */
  async reserveAndRead(
    reservation: GuessReservation,
    emailKey: string,
  ): Promise<{ readonly granted: boolean; readonly account?: LoginAccount }> {
    const { tables } = this.database;
    const p = new Parameters();
    const reserve = reserveGuessCtes(tables, p, reservation, this.options.guessing);
    const [row] = await this.database.query<ReadRow>(
      `WITH ${reserve.ctes}
       SELECT ${reserve.granted} AS granted, a.id AS account_id, a.password_hash, a.security_epoch,
         a.status = 'active' AND a.email_verified_at IS NOT NULL AS may_sign_in
       FROM (SELECT) one LEFT JOIN ${tables.accounts} a ON a.email_key = ${p.add(emailKey, 'text')}`,
      p.values,
    );
    return { granted: row?.granted ?? false, account: row && accountOf(row) };
  }
}

function accountOf(row: ReadRow): LoginAccount | undefined {
  if (row.account_id === null) return undefined;
  return {
    accountId: row.account_id,
    passwordHash: row.password_hash,
    securityEpoch: row.security_epoch,
    maySignIn: row.may_sign_in,
  };
}
