/** Which counter of an identifier a guess is charged to. */
export type GuessLane = 'unknown_device' | 'known_device';

/** A guess at a credential, as the flows describe it. */
export interface GuessAttempt {
  /**
   * The canonical identifier, whether such an account exists or not. Every spelling that finds the
   * same account has to arrive here as the same text (LG-7).
   */
  readonly identifier: string;
  /** The canonical source address, IPv6 by its /64 (LG-6). */
  readonly source: string;
  /** Whether the browser proved that it signed in to this account before. */
  readonly knownDevice: boolean;
}

/** The rows that one guess is charged to. The keys are HMACs: a dump names neither people nor addresses. */
export interface GuessReservation {
  readonly sourceKey: Buffer;
  readonly identifierKey: Buffer;
  readonly lane: GuessLane;
}
