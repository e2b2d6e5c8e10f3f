import { isAuthError } from '../../src/errors/auth-error';
import { Parameters } from '../../src/database/parameters';
import type { GuessAttempt } from '../../src/throttling/guess-reservation';
import { clearGuessCtes, reserveGuessCtes } from '../../src/throttling/guess.sql';
import { testOptions } from '../support/auth-options';
import type { GuessesService } from '../../src/throttling/guesses.service';
import { GuessCounters, type GuessInstance } from '../support/guess-counters';

const options = testOptions({
  guessing: { freeFailures: 20, firstDelaySeconds: 60, unknownDeviceCap: 30, sourceCap: 40 },
});

let counters: GuessCounters;
let instances: readonly GuessInstance[];

beforeAll(async () => {
  counters = await GuessCounters.open();
  const opened: GuessInstance[] = [];
  for (let index = 0; index < 3; index += 1) opened.push(await counters.instance(options, 8));
  instances = opened;
});

beforeEach(() => counters.forgetAll());

afterAll(() => counters.close());

function attempt(changes: Partial<GuessAttempt> = {}): GuessAttempt {
  return { identifier: 'ada@example.org', source: '192.0.2.1', knownDevice: false, ...changes };
}

/** Reserves all of them at once, spread over the instances; the number that was granted. */
async function grantedOf(attempts: readonly GuessAttempt[]): Promise<number> {
  const answers = await Promise.allSettled(
    attempts.map((one, index) => instances[index % instances.length]!.guesses.reserve(one)),
  );
  for (const answer of answers) {
    if (answer.status === 'rejected') expect(isAuthError(answer.reason)).toBe(true);
    if (answer.status === 'rejected') expect(answer.reason).toHaveProperty('code', 'throttled');
  }
  return answers.filter(({ status }) => status === 'fulfilled').length;
}

function sources(count: number): GuessAttempt[] {
  return Array.from({ length: count }, (_, index) => attempt({ source: `198.51.100.${index}` }));
}

describe('parallel guesses over three instances', () => {
  it('LG-8: of 200 at one identifier exactly the free ones and one more are granted', async () => {
    const granted = await grantedOf(sources(200));

    expect(granted).toBe(options.guessing.freeFailures + 1);
    const reservation = instances[0]!.guesses.reservation(attempt());
    expect(await counters.failures(reservation)).toBe(granted);
  });

  it('LG-8: just below the cap, 200 guesses get the one that is left', async () => {
    const reservation = await instances[0]!.guesses.reserve(attempt());
    const { database } = instances[0]!;
    await database.query(
      `UPDATE ${database.tables.guesses} SET failures = 29, next_at = clock_timestamp()
       WHERE lane = 'unknown_device'`,
    );

    expect(await grantedOf(sources(200))).toBe(1);
    expect(await counters.failures(reservation)).toBe(30);
  });

  it('LG-8: of 200 from one source at 200 identifiers exactly the cap of the source is granted', async () => {
    const attempts = Array.from({ length: 200 }, (_, index) =>
      attempt({ identifier: `user${index}@example.org` }),
    );
    const granted = await grantedOf(attempts);

    expect(granted).toBe(options.guessing.sourceCap);
    const reservation = instances[0]!.guesses.reservation(attempt());
    expect(await counters.failures(reservation, 'source')).toBe(granted);
  });

  it('crossing sources, identifiers, successes and resets run into no error', async () => {
    const work = Array.from({ length: 300 }, async (_, index) => {
      const { guesses } = instances[index % instances.length]!;
      const one = attempt({
        identifier: `user${index % 4}@example.org`,
        source: `198.51.100.${(index * 7) % 5}`,
        knownDevice: index % 3 === 0,
      });
      try {
        const reservation = await guesses.reserve(one);
        if (index % 2 === 0) await guesses.clear(reservation);
        else if (index % 5 === 0) await guesses.refund(reservation);
        else if (index % 7 === 0) await guesses.reset(one.identifier);
      } catch (error) {
        if (!isAuthError(error) || error.code !== 'throttled') throw error;
      }
    });
    await Promise.all(work);

    expect(counters.errors).toEqual([]);
  });
});

describe('the order of the locks, which rules deadlocks out', () => {
  const stranger = attempt();
  const known = attempt({ knownDevice: true });

  /** The lanes whose rows are still free while work waits for the row of another lane. */
  async function freeWhileWaitingFor(
    lane: string,
    work: (guesses: GuessesService) => Promise<unknown>,
  ): Promise<string[]> {
    const [holder, worker, observer] = instances as [GuessInstance, GuessInstance, GuessInstance];
    const { guesses: table } = holder.database.tables;
    let waiting: Promise<unknown> = Promise.resolve();
    const free = await holder.database.transaction(async (tx) => {
      const lock = `SELECT FROM ${table} WHERE lane = $1 FOR UPDATE`;
      await holder.database.query(lock, [lane], tx);
      waiting = work(worker.guesses);
      await untilSomebodyWaits(observer);
      const rows = await observer.database.query<{ lane: string }>(
        `SELECT lane FROM ${table} ORDER BY lane FOR UPDATE SKIP LOCKED`,
      );
      return rows.map((row) => row.lane);
    });
    await waiting;
    return free;
  }

  async function untilSomebodyWaits({ database }: GuessInstance): Promise<void> {
    for (;;) {
      const waits = await database.query(
        `SELECT FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      if (waits.length > 0) return;
    }
  }

  beforeEach(async () => {
    for (const one of [stranger, known]) await instances[0]!.guesses.reserve(one);
  });

  it.each<[string, (guesses: GuessesService) => Promise<unknown>]>([
    ['a guess', (guesses) => guesses.reserve(stranger)],
    ['a success', (guesses) => guesses.clear(guesses.reservation(stranger))],
    ['a guess that was never compared', (guesses) => guesses.refund(guesses.reservation(stranger))],
  ])('%s takes the source before the identifier', async (_, work) => {
    expect(await freeWhileWaitingFor('source', work)).toEqual(['known_device', 'unknown_device']);
  });

  it.each<[string, (guesses: GuessesService) => Promise<unknown>]>([
    ['a success', (guesses) => guesses.clear(guesses.reservation(stranger))],
    ['a reset', (guesses) => guesses.reset(stranger.identifier)],
  ])('%s takes the known device before the unknown one', async (_, work) => {
    expect(await freeWhileWaitingFor('known_device', work)).toContain('unknown_device');
  });
});

describe('the SQL of the reservation inside a statement of somebody else', () => {
  it('reads the credential only where the guess is granted, in one statement', async () => {
    const { database, guesses } = instances[0]!;
    const read = async () => {
      const parameters = new Parameters();
      const email = parameters.add('ada@example.org', 'text');
      const reservation = guesses.reservation(attempt());
      const { tables } = database;
      const guess = reserveGuessCtes(tables, parameters, reservation, options.guessing);
      return database.query<{ granted: boolean; id: string | null }>(
        `WITH ${guess.ctes}
         SELECT guess.granted, account.id FROM (SELECT ${guess.granted} AS granted) guess
         LEFT JOIN ${tables.accounts} account ON guess.granted AND account.email_key = ${email}`,
        parameters.values,
      );
    };
    await database.query(
      `INSERT INTO ${database.tables.accounts} (id, email, email_key)
       VALUES ('01890000-0000-7000-8000-000000000001', 'ada@example.org', 'ada@example.org')`,
    );
    counters.statements.length = 0;

    expect(await read()).toEqual([{ granted: true, id: '01890000-0000-7000-8000-000000000001' }]);
    expect(counters.statements).toHaveLength(1);
    for (let count = 0; count < options.guessing.freeFailures; count += 1) await read();
    expect(await read()).toEqual([{ granted: false, id: null }]);
  });

  it.each([
    { outcome: 'made', happened: true, left: [{ lane: 'source', failures: 0 }] },
    {
      outcome: 'not made',
      happened: false,
      left: [
        { lane: 'source', failures: 1 },
        { lane: 'unknown_device', failures: 1 },
      ],
    },
  ])('clears with the session that was $outcome', async ({ happened, left }) => {
    const { database, guesses } = instances[0]!;
    const reservation = await guesses.reserve(attempt());
    const parameters = new Parameters();
    const made = parameters.add(happened, 'boolean');
    const clear = clearGuessCtes(database.tables, parameters, reservation, 'created');
    await database.query(
      `WITH created AS (
         INSERT INTO ${database.tables.bootstrap} (step, account_id)
         SELECT 'clears', '01890000-0000-7000-8000-000000000001' WHERE ${made} RETURNING 1),
       ${clear} SELECT count(*) FROM created`,
      parameters.values,
    );

    expect(await counters.stored(reservation)).toEqual(left);
  });
});
