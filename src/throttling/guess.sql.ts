import { seconds, type Parameters } from '../database/parameters';
import type { AuthTables } from '../database/tables';
import type { GuessingOptions } from '../options/throttling-options';
import type { GuessReservation } from './guess-reservation';

type Limits = Readonly<Required<GuessingOptions>>;

/** A part of a statement: its common table expressions, without `WITH`, and a boolean expression. */
export interface ReserveGuessSql {
  readonly ctes: string;
  /** True where the guess may be made. It may stand anywhere in the same statement. */
  readonly granted: string;
}

/**
 * Charges one guess to its source and then to its identifier, to stand at the front of the statement
 * that reads the credential. It runs outside a transaction: the charge has to be committed before
 * anything is hashed, or parallel guesses would not see each other (LG-8).
 *
 * The conditions are evaluated on the locked row, so that of parallel guesses exactly as many are
 * granted as the limits allow. The identifier is read from the source's CTE: a source that is
 * refused cannot push up somebody's counter, and rows are always locked in that order.
 *
 * The rest of the statement reads the snapshot from before any wait for these rows.
 */
export function reserveGuessCtes(
  tables: AuthTables,
  parameters: Parameters,
  reservation: GuessReservation,
  limits: Limits,
): ReserveGuessSql {
  const sourceKey = parameters.add(reservation.sourceKey, 'bytea');
  const sourceCap = parameters.add(limits.sourceCap, 'integer');
  const window = parameters.add(seconds(limits.sourceWindowSeconds), 'interval');
  const identifierKey = parameters.add(reservation.identifierKey, 'bytea');
  const lane = parameters.add(reservation.lane, 'text');
  const cap = parameters.add(capOf(reservation, limits), 'integer');
  const wait = waitSql('guess.failures + 1', parameters, limits);
  // clock_timestamp() and not now(): the row may have been waited for.
  const windowEnded = 'guess.window_ends_at <= clock_timestamp()';
  return {
    ctes: `source_guess AS (
      INSERT INTO ${tables.guesses} AS guess
        (key, lane, failures, next_at, window_ends_at, updated_at)
      VALUES (${sourceKey}, 'source', 1, clock_timestamp(), clock_timestamp() + ${window}, clock_timestamp())
      ON CONFLICT (key, lane) DO UPDATE SET
        failures = CASE WHEN ${windowEnded} THEN 1 ELSE guess.failures + 1 END,
        window_ends_at = CASE WHEN ${windowEnded} THEN clock_timestamp() + ${window}
          ELSE guess.window_ends_at END,
        updated_at = clock_timestamp()
      WHERE ${windowEnded} OR guess.failures < ${sourceCap}
      RETURNING 1),
    identifier_guess AS (
      INSERT INTO ${tables.guesses} AS guess (key, lane, failures, next_at, updated_at)
      SELECT ${identifierKey}, ${lane}, 1, clock_timestamp(), clock_timestamp() FROM source_guess
      ON CONFLICT (key, lane) DO UPDATE SET
        failures = guess.failures + 1,
        next_at = clock_timestamp() + ${wait},
        updated_at = clock_timestamp()
      WHERE guess.next_at <= clock_timestamp() AND guess.failures < ${cap}
      RETURNING 1)`,
    granted: 'EXISTS (SELECT FROM identifier_guess)',
  };
}

/**
 * Clears the identifier after a success, in both lanes: the owner's success at a known device also
 * reopens the lane of strangers. The source only gets its one charge back, because an attacker's own
 * successful login must not reset the count of a spraying source (LG-4).
 *
 * @param after a CTE of the same statement. Nothing is cleared unless it has a row, and its locks are
 *   taken first.
 */
export function clearGuessCtes(
  tables: AuthTables,
  parameters: Parameters,
  reservation: GuessReservation,
  after?: string,
): string {
  const sourceKey = parameters.add(reservation.sourceKey, 'bytea');
  const identifierKey = parameters.add(reservation.identifierKey, 'bytea');
  const succeeded = after === undefined ? 'true' : `(SELECT count(*) FROM ${after}) > 0`;
  return `refunded_source AS (
      UPDATE ${tables.guesses} SET failures = failures - 1, updated_at = clock_timestamp()
      WHERE key = ${sourceKey} AND lane = 'source' AND failures > 0 AND ${succeeded}
      RETURNING 1),
    ${clearedLanes(tables, identifierKey, `(SELECT count(*) FROM refunded_source) >= 0 AND ${succeeded}`)}`;
}

/** Clears the identifier in both lanes and leaves sources alone. */
export function resetGuessSql(
  tables: AuthTables,
  parameters: Parameters,
  identifierKey: Buffer,
): string {
  return `WITH ${clearedLanes(tables, parameters.add(identifierKey, 'bytea'), 'true')} SELECT`;
}

/**
 * Takes back a charge for which nothing was compared, because the hash queue was full: otherwise an
 * attacker who fills the queue would make the owner's lane wait.
 */
export function refundGuessSql(
  tables: AuthTables,
  parameters: Parameters,
  reservation: GuessReservation,
  limits: Limits,
): string {
  const sourceKey = parameters.add(reservation.sourceKey, 'bytea');
  const identifierKey = parameters.add(reservation.identifierKey, 'bytea');
  const lane = parameters.add(reservation.lane, 'text');
  const wait = waitSql('failures - 1', parameters, limits);
  return `WITH refunded_source AS (
      UPDATE ${tables.guesses} SET failures = failures - 1, updated_at = clock_timestamp()
      WHERE key = ${sourceKey} AND lane = 'source' AND failures > 0
      RETURNING 1)
    UPDATE ${tables.guesses} SET failures = failures - 1, next_at = LEAST(next_at, updated_at + ${wait})
    WHERE key = ${identifierKey} AND lane = ${lane} AND failures > 0
      AND (SELECT count(*) FROM refunded_source) >= 0`;
}

/**
 * Counting a CTE makes PostgreSQL run it first, so that every statement locks source, known device,
 * unknown device in this order and none can deadlock with another.
 */
function clearedLanes(tables: AuthTables, identifierKey: string, condition: string): string {
  return `cleared_known_device AS (
      DELETE FROM ${tables.guesses}
      WHERE key = ${identifierKey} AND lane = 'known_device' AND ${condition}
      RETURNING 1),
    cleared_unknown_device AS (
      DELETE FROM ${tables.guesses}
      WHERE key = ${identifierKey} AND lane = 'unknown_device' AND ${condition}
        AND (SELECT count(*) FROM cleared_known_device) >= 0
      RETURNING 1)`;
}

/** Consecutive failures after which the lane of a reservation is closed. */
export function capOf({ lane }: GuessReservation, limits: Limits): number {
  return lane === 'known_device' ? limits.knownDeviceCap : limits.unknownDeviceCap;
}

/** The wait that follows a number of consecutive failures, as an interval. */
function waitSql(failures: string, parameters: Parameters, limits: Limits): string {
  const free = parameters.add(limits.freeFailures, 'integer');
  const first = parameters.add(limits.firstDelaySeconds, 'integer');
  const longest = parameters.add(limits.maxDelaySeconds, 'integer');
  return `CASE WHEN ${failures} <= ${free} THEN interval '0'
          ELSE LEAST(${longest}, ${first} * power(2, ${failures} - ${free} - 1)) * interval '1 second' END`;
}
