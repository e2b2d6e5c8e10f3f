/** A row of the fault list, as `docs/failures.md` names it. */
export type FaultRow = `F-${number}`;

/**
 * A change of the code that takes a defence out. The tests of its row have to fail with it, or they
 * prove nothing. `npm run mutants` applies each to a copy of the tree and demands that.
 */
export interface Mutant {
  readonly row: FaultRow;
  /** The test file whose titles begin with the row. */
  readonly test: string;
  /** Where the defence is. */
  readonly file: string;
  /** It stands there exactly once. */
  readonly text: string;
  readonly replacement: string;
  /** What is lost with it. */
  readonly why: string;
}

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F-1',
    test: 'test/faults/database-restart.test.ts',
    file: 'src/database/database-errors.ts',
    text: `  '57P01', // admin_shutdown\n`,
    replacement: '',
    why: 'a connection that the server ends for its shutdown is an error of ours (500), not an outage',
  },
  {
    row: 'F-2',
    test: 'test/faults/database-restart.test.ts',
    file: 'src/change-feed/change-feed.ts',
    text: `        if (!this.#closed) this.#reconnectSoon();\n`,
    replacement: '',
    why: 'the change feed tries once to reconnect, and after a crash no revocation of another instance arrives',
  },
];
