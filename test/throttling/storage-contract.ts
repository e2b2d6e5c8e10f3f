import type { AuthThrottlerStorage } from '../../src/throttling/auth-throttler-storage';

/** A storage under test, with a way to let its time pass. */
export interface StorageUnderTest {
  readonly storage: AuthThrottlerStorage;
  advanceSeconds(seconds: number): void | Promise<void>;
  close?(): void | Promise<void>;
}

const LIMIT = 3;
const WINDOW_MS = 10_000;

/** What every storage of request counts has to do, whatever it stores them in. */
export function describeThrottlerStorage(
  name: string,
  open: () => StorageUnderTest | Promise<StorageUnderTest>,
): void {
  describe(`${name}, as a storage of request counts,`, () => {
    let tested: StorageUnderTest;

    beforeEach(async () => {
      tested = await open();
    });

    afterEach(() => tested.close?.());

    function hit(key = 'login:192.0.2.1', blockMs = WINDOW_MS) {
      return tested.storage.increment(key, WINDOW_MS, LIMIT, blockMs, 'default');
    }

    async function hits(count: number, key?: string): Promise<void> {
      for (let index = 0; index < count; index += 1) await hit(key);
    }

    it('counts up to the limit without blocking', async () => {
      for (let count = 1; count <= LIMIT; count += 1) {
        expect(await hit()).toMatchObject({ totalHits: count, isBlocked: false });
      }
    });

    it('blocks the request over the limit and says for how many seconds', async () => {
      await hits(LIMIT);

      expect(await hit()).toMatchObject({ isBlocked: true, timeToBlockExpire: 10 });
    });

    it('counts down in whole seconds and never says zero while it blocks', async () => {
      await hits(LIMIT + 1);
      await tested.advanceSeconds(4);
      expect(await hit()).toMatchObject({ isBlocked: true, timeToBlockExpire: 6 });
      await tested.advanceSeconds(5.5);
      expect(await hit()).toMatchObject({ isBlocked: true, timeToBlockExpire: 1 });
    });

    it('does not prolong a block for requests that it refused', async () => {
      await hits(LIMIT + 1);
      await tested.advanceSeconds(9);
      await hits(LIMIT * 2);
      await tested.advanceSeconds(1);

      expect(await hit()).toMatchObject({ totalHits: 1, isBlocked: false });
    });

    it('says when the window ends, and starts anew after it', async () => {
      await hits(LIMIT);
      expect(await hit('login:192.0.2.2')).toMatchObject({ timeToExpire: 10 });
      await tested.advanceSeconds(10);

      expect(await hit()).toMatchObject({ totalHits: 1, isBlocked: false });
    });

    it('blocks at least until the window ends', async () => {
      for (let count = 0; count <= LIMIT; count += 1) await hit('short', 1000);
      await tested.advanceSeconds(2);

      expect(await hit('short', 1000)).toMatchObject({ isBlocked: true });
    });

    it('blocks for longer than the window where it is told so', async () => {
      for (let count = 0; count <= LIMIT; count += 1) await hit('long', 30_000);
      await tested.advanceSeconds(29);
      expect(await hit('long', 30_000)).toMatchObject({ isBlocked: true, timeToBlockExpire: 1 });
      await tested.advanceSeconds(1);

      expect(await hit('long', 30_000)).toMatchObject({ totalHits: 1, isBlocked: false });
    });

    it('keeps keys apart', async () => {
      await hits(LIMIT + 1);

      expect(await hit('refresh:192.0.2.1')).toMatchObject({ totalHits: 1, isBlocked: false });
      expect(await hit('login:192.0.2.11')).toMatchObject({ totalHits: 1, isBlocked: false });
    });

    it('LG-8: lets exactly the limit through of 200 requests at once', async () => {
      const records = await Promise.all(Array.from({ length: 200 }, () => hit()));

      expect(records.filter(({ isBlocked }) => !isBlocked)).toHaveLength(LIMIT);
    });
  });
}
