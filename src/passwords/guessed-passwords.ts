import { Injectable } from '@nestjs/common';
import { isAuthError } from '../errors/auth-error';
import type { GuessAttempt, GuessReservation } from '../throttling/guess-reservation';
import { GuessesService } from '../throttling/guesses.service';
import { assertIsPassword } from './password-input';
import { PasswordsService, type Verification, type VerifyRequest } from './passwords.service';

/** Verifies passwords whose guesses are counted. */
@Injectable()
export class GuessedPasswords {
  constructor(
    private readonly passwords: PasswordsService,
    private readonly guesses: GuessesService,
  ) {}

  /**
   * Charges a guess, verifies, and clears the count after a success.
   *
   * @throws AuthError `validation_failed` before anything is charged, `throttled`, `overloaded`
   */
  async check(attempt: GuessAttempt, request: VerifyRequest): Promise<Verification> {
    assertIsPassword(request.password);
    const reservation = await this.guesses.reserve(attempt);
    const verification = await this.verify(reservation, request);
    if (verification !== 'failed') await this.guesses.clear(reservation);
    return verification;
  }

  /**
   * Verifies under a charge that was made. Where the hash queue is full the charge is given back:
   * nothing was compared, and a queue that strangers fill must not count against the owner.
   *
   * @throws AuthError `overloaded`
   */
  async verify(reservation: GuessReservation, request: VerifyRequest): Promise<Verification> {
    try {
      return await this.passwords.verify(request);
    } catch (error) {
      if (isAuthError(error) && error.code === 'overloaded') await this.guesses.refund(reservation);
      throw error;
    }
  }
}
