import { Inject, Injectable } from '@nestjs/common';
import type { Tx } from '../database/database';
import { ResolvedAuthOptions } from '../options/auth-options';
import { authenticate, SecretKeys } from '../options/secret-keys';
import { labelsBy } from '../telemetry/labels';
import { Telemetry } from '../telemetry/telemetry';
import type { GuessAttempt, GuessReservation } from './guess-reservation';
import { GuessRefusedError, type GuessRefusal } from './guess.errors';
import { capOf } from './guess.sql';
import { GuessesRepository } from './guesses.repository';

const refusedBy = labelsBy((lane: GuessRefusal['lane']) => ({ 'portcullis.throttle.limit': lane }));

/**
 * Bounds guesses at passwords and codes, for all instances together. A guess is charged before it is
 * checked and given back when it was right, so that parallel guesses cannot outrun the count (LG-8).
 * Nobody is ever made to wait inside a request.
 */
@Injectable()
export class GuessesService {
  readonly #refusals;

  constructor(
    private readonly guesses: GuessesRepository,
    private readonly keys: SecretKeys,
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
    telemetry: Telemetry = new Telemetry(),
  ) {
    this.#refusals = telemetry.counter('portcullis.throttle.refusals');
  }

  /** What a guess is charged to; for flows that put the charge into a statement of their own. */
  reservation({ identifier, source, knownDevice }: GuessAttempt): GuessReservation {
    return {
      sourceKey: this.#keyOf('source', source),
      identifierKey: this.#keyOf('identifier', identifier),
      lane: knownDevice ? 'known_device' : 'unknown_device',
    };
  }

  /**
   * Charges a guess, in one statement that is committed on return.
   *
   * @throws GuessRefusedError `throttled`, when the source or the identifier has to wait
   * @throws AuthError `database_unavailable`: without its count no guess is allowed
   */
  async reserve(attempt: GuessAttempt): Promise<GuessReservation> {
    const reservation = this.reservation(attempt);
    if (!(await this.guesses.reserve(reservation))) throw await this.refusal(reservation);
    return reservation;
  }

  /** Why a reservation was refused and when to try again. Costs one statement. */
  async refusal(reservation: GuessReservation): Promise<GuessRefusedError> {
    const error = await this.#refusal(reservation);
    this.#refusals.add(1, refusedBy(error.refusal.lane));
    return error;
  }

  async #refusal(reservation: GuessReservation): Promise<GuessRefusedError> {
    const counters = await this.guesses.countersOf(reservation);
    const source = counters.find(({ lane }) => lane === 'source');
    const { guessing } = this.options;
    if (source !== undefined && source.failures >= guessing.sourceCap) {
      const waitSeconds = source.windowSeconds ?? 0;
      if (waitSeconds > 0) return refused({ lane: 'source', closed: false, waitSeconds });
    }
    const identifier = counters.find(({ lane }) => lane === reservation.lane);
    const closed = identifier !== undefined && identifier.failures >= capOf(reservation, guessing);
    // A closed lane names the longest wait, so that it looks like any other (LG-1).
    const waitSeconds = closed ? guessing.maxDelaySeconds : (identifier?.waitSeconds ?? 0);
    return refused({ lane: reservation.lane, closed, waitSeconds });
  }

  /** After a success: forgets the failures of the identifier and gives the source its charge back. */
  async clear(reservation: GuessReservation, tx?: Tx): Promise<void> {
    await this.guesses.clear(reservation, tx);
  }

  /**
   * Takes back a charge for which nothing was compared, as when the hash queue was full. Never after
   * a wrong guess.
   */
  async refund(reservation: GuessReservation): Promise<void> {
    await this.guesses.refund(reservation);
  }

  /** Forgets the failures of an identifier: after a password reset, or by an administrator. */
  async reset(identifier: string, tx?: Tx): Promise<void> {
    await this.guesses.reset(this.#keyOf('identifier', identifier), tx);
  }

  #keyOf(kind: 'source' | 'identifier', text: string): Buffer {
    return authenticate(this.keys.current('guess-counter').key, `${kind}\0`, text);
  }
}

function refused({
  waitSeconds,
  ...refusal
}: Omit<GuessRefusal, 'retryAfterSeconds'> & { readonly waitSeconds: number }): GuessRefusedError {
  const retryAfterSeconds = Math.max(1, Math.ceil(waitSeconds));
  return new GuessRefusedError({ ...refusal, retryAfterSeconds });
}
