import { isAuthError } from '../../src/errors/auth-error';
import type { GuessAttempt } from '../../src/throttling/guess-reservation';
import { GuessRefusedError } from '../../src/throttling/guess.errors';
import { SECRETS, testOptions } from '../support/auth-options';
import { GuessCounters, type GuessInstance } from '../support/guess-counters';

const CAP = 12;
const KNOWN_CAP = 8;
const SOURCE_CAP = 20;
const options = testOptions({
  guessing: {
    freeFailures: 3,
    firstDelaySeconds: 10,
    maxDelaySeconds: 150,
    unknownDeviceCap: CAP,
    knownDeviceCap: KNOWN_CAP,
    sourceCap: SOURCE_CAP,
    sourceWindowSeconds: 86_400,
  },
});

let counters: GuessCounters;
let instance: GuessInstance;
/** One whose waits outlast any test. */
let slow: GuessInstance;

beforeAll(async () => {
  counters = await GuessCounters.open();
  instance = await counters.instance(options);
  slow = await counters.instance(
    testOptions({ guessing: { freeFailures: 3, firstDelaySeconds: 60 } }),
  );
});

beforeEach(() => counters.forgetAll());

afterAll(() => counters.close());

function attempt(changes: Partial<GuessAttempt> = {}): GuessAttempt {
  return { identifier: 'ada@example.org', source: '192.0.2.1', knownDevice: false, ...changes };
}

function sourceNumber(index: number): string {
  return `198.51.${Math.floor(index / 256)}.${index % 256}`;
}

/** The refusal of an attempt, or undefined where it was granted. */
async function refusalOf(
  one: GuessAttempt,
  { guesses } = instance,
): Promise<GuessRefusedError | undefined> {
  try {
    await guesses.reserve(one);
    return undefined;
  } catch (error) {
    if (error instanceof GuessRefusedError) return error;
    throw error;
  }
}

/** Guesses on until the lane is closed, each from a source of its own and after any wait. */
async function guessUntilClosed(one: GuessAttempt): Promise<number> {
  for (let granted = 0; granted < 200; granted += 1) {
    const refusal = await refusalOf({ ...one, source: sourceNumber(granted) });
    if (refusal !== undefined) {
      expect(refusal.refusal).toMatchObject({ closed: true });
      return granted;
    }
    await counters.age(options.guessing.maxDelaySeconds);
  }
  throw new Error('The lane never closed.');
}

describe('a guess', () => {
  it('is charged to its source and its identifier in one statement, without a transaction', async () => {
    const reservation = await instance.guesses.reserve(attempt());

    expect(counters.statements).toHaveLength(1);
    expect(await counters.stored(reservation)).toEqual([
      { lane: 'source', failures: 1 },
      { lane: 'unknown_device', failures: 1 },
    ]);
  });

  it('costs a second statement only when it is refused', async () => {
    for (let count = 0; count < 4; count += 1) await instance.guesses.reserve(attempt());
    counters.statements.length = 0;

    expect(await refusalOf(attempt())).toBeDefined();
    expect(counters.statements).toHaveLength(2);
  });

  it('is stored under keys that name neither the identifier nor the source', async () => {
    const { sourceKey, identifierKey } = await instance.guesses.reserve(attempt());
    const other = (await counters.instance(testOptions({ secrets: [SECRETS.second] }))).guesses;

    expect(sourceKey).toHaveLength(32);
    expect(identifierKey).toHaveLength(32);
    expect(other.reservation(attempt()).identifierKey.equals(identifierKey)).toBe(false);
    const same = instance.guesses.reservation(attempt({ identifier: '192.0.2.1' }));
    expect(same.identifierKey.equals(sourceKey)).toBe(false);
  });

  it('leaves the reason of a refusal out of the answer', async () => {
    for (let count = 0; count < 4; count += 1) await instance.guesses.reserve(attempt());
    const refusal = await refusalOf(attempt());

    expect(isAuthError(refusal)).toBe(true);
    expect(refusal).toMatchObject({ code: 'throttled', status: 429, retryAfterSeconds: 10 });
    expect(refusal?.detail).toBeUndefined();
    expect(refusal?.refusal.lane).toBe('unknown_device');
  });
});

describe('the wait after failures of one identifier', () => {
  it.each([
    { failures: 1, waitSeconds: 0 },
    { failures: 3, waitSeconds: 0 },
    { failures: 4, waitSeconds: 10 },
    { failures: 5, waitSeconds: 20 },
    { failures: 6, waitSeconds: 40 },
    { failures: 7, waitSeconds: 80 },
    { failures: 8, waitSeconds: 150 },
    { failures: 11, waitSeconds: 150 },
  ])('is $waitSeconds s after failure $failures', async ({ failures, waitSeconds }) => {
    for (let count = 0; count < failures; count += 1) {
      await counters.age(options.guessing.maxDelaySeconds);
      await instance.guesses.reserve(attempt({ source: sourceNumber(count) }));
    }

    if (waitSeconds > 0) {
      const refusal = await refusalOf(attempt());
      // What the test itself took may be missing from it.
      expect(refusal?.retryAfterSeconds).toBeLessThanOrEqual(waitSeconds);
      expect(refusal?.retryAfterSeconds).toBeGreaterThan(waitSeconds - 5);
      await counters.age(waitSeconds - 5);
      expect(await refusalOf(attempt())).toBeDefined();
      await counters.age(5);
    }
    expect(await refusalOf(attempt())).toBeUndefined();
  });

  it('does not grow from guesses that were refused', async () => {
    for (let count = 0; count < 4; count += 1) await instance.guesses.reserve(attempt());
    for (let count = 0; count < 10; count += 1) await refusalOf(attempt());

    expect(await counters.failures(instance.guesses.reservation(attempt()))).toBe(4);
    await counters.age(10);
    expect(await refusalOf(attempt())).toBeUndefined();
  });
});

describe('the lanes of an identifier', () => {
  it('LG-3: of 1000 wrong guesses from 1000 sources no more than the cap are granted', async () => {
    let granted = 0;
    for (let index = 0; index < 1000; index += 1) {
      const refusal = await refusalOf(attempt({ source: sourceNumber(index) }));
      if (refusal === undefined) granted += 1;
      // The attacker waits as long as it takes.
      if (refusal?.refusal.closed !== true) await counters.age(options.guessing.maxDelaySeconds);
    }

    expect(granted).toBe(CAP);
  });

  it('LG-3: without waiting, 1000 sources together get the free guesses and one more', async () => {
    let granted = 0;
    for (let index = 0; index < 1000; index += 1) {
      const one = attempt({ source: sourceNumber(index) });
      if ((await refusalOf(one, slow)) === undefined) granted += 1;
    }

    expect(granted).toBe(options.guessing.freeFailures + 1);
  });

  it('names the longest wait when closed, so that a closed lane looks like a waiting one', async () => {
    await guessUntilClosed(attempt());
    const refusal = await refusalOf(attempt());

    expect(refusal?.retryAfterSeconds).toBe(options.guessing.maxDelaySeconds);
    expect(refusal?.refusal).toEqual({
      lane: 'unknown_device',
      closed: true,
      retryAfterSeconds: options.guessing.maxDelaySeconds,
    });
  });

  it('LG-9: an attacker closes the lane of strangers, and a known device still gets in', async () => {
    expect(await guessUntilClosed(attempt())).toBe(CAP);

    const owner = await instance.guesses.reserve(attempt({ knownDevice: true }));
    await instance.guesses.clear(owner);
    expect(await refusalOf(attempt({ source: '203.0.113.9' }))).toBeUndefined();
  });

  it('LG-9: the lane of known devices has a cap of its own and leaves strangers alone', async () => {
    expect(await guessUntilClosed(attempt({ knownDevice: true }))).toBe(KNOWN_CAP);
    expect(await refusalOf(attempt({ source: '203.0.113.9' }))).toBeUndefined();
  });

  it('LG-9: a reset reopens both lanes and keeps the count of the source', async () => {
    await guessUntilClosed(attempt());
    await guessUntilClosed(attempt({ knownDevice: true }));
    await instance.guesses.reset('ada@example.org');

    for (const knownDevice of [false, true]) {
      expect(await refusalOf(attempt({ knownDevice }))).toBeUndefined();
    }
    const first = instance.guesses.reservation(attempt({ source: sourceNumber(0) }));
    expect(await counters.failures(first, 'source')).toBe(2);
  });

  it('LG-7: all who spell an address canonically share one counter', async () => {
    const a = await instance.guesses.reserve(attempt({ source: '192.0.2.1' }));
    const b = await instance.guesses.reserve(attempt({ source: '192.0.2.2' }));

    expect(b.identifierKey.equals(a.identifierKey)).toBe(true);
    expect(await counters.failures(b)).toBe(2);
  });
});

describe('the count of a source', () => {
  it('LG-4: one wrong guess at each of 500 accounts is stopped at the cap of the source', async () => {
    let granted = 0;
    for (let index = 0; index < 500; index += 1) {
      const refusal = await refusalOf(attempt({ identifier: `user${index}@example.org` }));
      if (refusal === undefined) granted += 1;
      else expect(refusal.refusal).toMatchObject({ lane: 'source', closed: false });
    }

    expect(granted).toBe(SOURCE_CAP);
  });

  it('LG-4: a throttled source cannot push up the counter of a victim', async () => {
    for (let index = 0; index < SOURCE_CAP; index += 1) {
      await instance.guesses.reserve(attempt({ identifier: `user${index}@example.org` }));
    }
    const refusal = await refusalOf(attempt());

    expect(refusal?.refusal.lane).toBe('source');
    expect(refusal?.retryAfterSeconds).toBeGreaterThan(86_300);
    expect(refusal?.retryAfterSeconds).toBeLessThanOrEqual(86_400);
    expect(await counters.failures(instance.guesses.reservation(attempt()))).toBeUndefined();
  });

  it('starts anew when its window has ended', async () => {
    for (let index = 0; index < SOURCE_CAP; index += 1) {
      await instance.guesses.reserve(attempt({ identifier: `user${index}@example.org` }));
    }
    await counters.age(86_300);
    expect(await refusalOf(attempt())).toBeDefined();
    await counters.age(100);

    const reservation = await instance.guesses.reserve(attempt());
    expect(await counters.failures(reservation, 'source')).toBe(1);
    expect(await refusalOf(attempt({ identifier: 'next@example.org' }))).toBeUndefined();
  });

  it("LG-4: an attacker's own successful logins give back no more than their own charge", async () => {
    for (let index = 0; index < SOURCE_CAP - 1; index += 1) {
      await instance.guesses.reserve(attempt({ identifier: `user${index}@example.org` }));
      const own = attempt({ identifier: 'mallory@example.org' });
      await instance.guesses.clear(await instance.guesses.reserve(own));
    }
    const reservation = await instance.guesses.reserve(attempt());

    expect(await counters.failures(reservation, 'source')).toBe(SOURCE_CAP);
    expect((await refusalOf(attempt()))?.refusal.lane).toBe('source');
  });
});

describe('a success', () => {
  it('clears the identifier in one statement and gives the source its charge back', async () => {
    await instance.guesses.reserve(attempt());
    const reservation = await instance.guesses.reserve(attempt());
    counters.statements.length = 0;
    await instance.guesses.clear(reservation);

    expect(counters.statements).toHaveLength(1);
    expect(await counters.stored(reservation)).toEqual([{ lane: 'source', failures: 1 }]);
  });

  it('is undone with the transaction it belongs to', async () => {
    const reservation = await instance.guesses.reserve(attempt());
    const work = instance.database.transaction(async (tx) => {
      await instance.guesses.clear(reservation, tx);
      throw new Error('undo');
    });

    await expect(work).rejects.toThrow('undo');
    expect(await counters.failures(reservation)).toBe(1);
    expect(await counters.failures(reservation, 'source')).toBe(1);
  });

  it('never counts a source below nothing', async () => {
    const reservation = await instance.guesses.reserve(attempt());
    await instance.guesses.clear(reservation);
    await instance.guesses.clear(reservation);

    expect(await counters.failures(reservation, 'source')).toBe(0);
  });
});

describe('a guess that was never compared', () => {
  it('is taken back with the wait it caused', async () => {
    for (let count = 0; count < 3; count += 1) await instance.guesses.reserve(attempt());
    const reservation = await instance.guesses.reserve(attempt());
    expect(await refusalOf(attempt())).toBeDefined();
    // The refused attempt was still an attempt of its source.
    expect(await counters.failures(reservation, 'source')).toBe(5);
    counters.statements.length = 0;
    await instance.guesses.refund(reservation);

    expect(counters.statements).toHaveLength(1);
    expect(await counters.stored(reservation)).toEqual([
      { lane: 'source', failures: 4 },
      { lane: 'unknown_device', failures: 3 },
    ]);
    expect(await refusalOf(attempt())).toBeUndefined();
  });

  it('takes no more off the wait of later failures than its own part', async () => {
    const first = await instance.guesses.reserve(attempt());
    for (let count = 0; count < 5; count += 1) {
      await counters.age(150);
      await instance.guesses.reserve(attempt());
    }
    await instance.guesses.refund(first);

    const refusal = await refusalOf(attempt());
    expect(refusal?.retryAfterSeconds).toBeLessThanOrEqual(20);
    expect(refusal?.retryAfterSeconds).toBeGreaterThan(15);
  });
});
