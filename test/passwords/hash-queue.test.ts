import fc from 'fast-check';
import { HashQueue, type HashPlace, type HashQueueLimits } from '../../src/passwords/hash-queue';

const stranger = (source: string): HashPlace => ({ source, priority: 'unknown' });
const owner = (source: string): HashPlace => ({ source, priority: 'known' });

/** A queue whose work ends when the test says so. */
function makeQueue(limits: Partial<HashQueueLimits> = {}) {
  const queue = new HashQueue({
    threads: 1,
    limit: 8,
    limitPerSource: 2,
    waitSeconds: 5,
    ...limits,
  });
  const started: string[] = [];
  const finish: (() => void)[] = [];
  const join = (name: string, place: HashPlace) =>
    queue.run(place, () => {
      started.push(name);
      return new Promise<string>((resolve) => finish.push(() => resolve(name)));
    });
  const finishOne = async () => {
    finish.shift()?.();
    await jest.advanceTimersByTimeAsync(0);
  };
  return { queue, started, join, finishOne };
}

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

it('runs as many at once as there are threads, in order', async () => {
  const { started, join, finishOne } = makeQueue({ threads: 2 });
  const results = ['a', 'b', 'c', 'd'].map((name) => join(name, stranger(name)));
  expect(started).toEqual(['a', 'b']);
  await finishOne();
  expect(started).toEqual(['a', 'b', 'c']);
  for (let left = 0; left < 3; left += 1) await finishOne();
  expect(await Promise.all(results)).toEqual(['a', 'b', 'c', 'd']);
});

it('goes on after work that failed', async () => {
  const { queue, started, join } = makeQueue();
  const failing = queue.run(stranger('x'), () => Promise.reject(new Error('broken')));
  const next = join('next', stranger('x'));
  await expect(failing).rejects.toThrow('broken');
  await jest.advanceTimersByTimeAsync(0);
  expect(started).toEqual(['next']);
  void next;
});

it('LG-16: a full queue refuses at once and says when to come back', async () => {
  const { queue, join } = makeQueue({ limit: 4, limitPerSource: 100 });
  queue.expect(2500);
  void join('running', stranger('x'));
  for (let waiting = 0; waiting < 3; waiting += 1) void join('waiting', stranger('x'));
  await expect(join('too much', stranger('x'))).rejects.toMatchObject({
    code: 'overloaded',
    // Four ahead of it, 2.5 s each, one thread.
    retryAfterSeconds: 10,
  });
  expect(queue.waiting).toBe(3);
});

it('FS-5: one source has at most its number waiting, and keeps nobody else out', async () => {
  const { join } = makeQueue({ limit: 8, limitPerSource: 2 });
  void join('running', stranger('flood'));
  void join('waiting', stranger('flood'));
  void join('waiting', stranger('flood'));
  await expect(join('third', stranger('flood'))).rejects.toMatchObject({ code: 'overloaded' });
  void join('other', stranger('other'));
});

it('a source gets its place back when its work starts', async () => {
  const { started, join, finishOne } = makeQueue({ limitPerSource: 1 });
  void join('one', stranger('x'));
  void join('two', stranger('x'));
  await expect(join('refused', stranger('x'))).rejects.toMatchObject({ code: 'overloaded' });
  await finishOne();
  void join('three', stranger('x'));
  await finishOne();
  expect(started).toEqual(['one', 'two', 'three']);
});

it('LG-16: strangers cannot fill the share of known devices', async () => {
  const { join } = makeQueue({ limit: 8, limitPerSource: 1 });
  void join('running', stranger('0'));
  for (let source = 1; source <= 6; source += 1) void join('flood', stranger(`${source}`));
  await expect(join('flood', stranger('7'))).rejects.toMatchObject({ code: 'overloaded' });
  void join('owner 1', owner('8'));
  void join('owner 2', owner('9'));
  await expect(join('owner 3', owner('10'))).rejects.toMatchObject({ code: 'overloaded' });
});

it('known devices go first, and strangers still get every fourth turn', async () => {
  const { started, join, finishOne } = makeQueue({ limit: 40, limitPerSource: 40 });
  void join('first', stranger('x'));
  for (let index = 1; index <= 3; index += 1) void join(`stranger ${index}`, stranger('x'));
  for (let index = 1; index <= 7; index += 1) void join(`owner ${index}`, owner('y'));
  for (let turns = 0; turns < 10; turns += 1) await finishOne();
  expect(started).toEqual([
    'first',
    'owner 1',
    'owner 2',
    'owner 3',
    'stranger 1',
    'owner 4',
    'owner 5',
    'owner 6',
    'stranger 2',
    'owner 7',
    'stranger 3',
  ]);
});

it('LG-16: nobody waits longer than the bound, and a late turn goes to somebody else', async () => {
  const { queue, started, join, finishOne } = makeQueue({ waitSeconds: 5 });
  void join('running', stranger('x'));
  const late = join('late', stranger('x'));
  const refused = expect(late).rejects.toMatchObject({ code: 'overloaded' });
  await jest.advanceTimersByTimeAsync(4_999);
  expect(queue.waiting).toBe(1);
  await jest.advanceTimersByTimeAsync(1);
  await refused;
  expect(queue.waiting).toBe(0);
  void join('fresh', stranger('x'));
  await finishOne();
  expect(started).toEqual(['running', 'fresh']);
  expect(jest.getTimerCount()).toBe(0);
});

it('refuses what waits when the server stops', async () => {
  const { queue, join } = makeQueue();
  void join('running', stranger('x'));
  const waiting = [join('a', stranger('a')), join('b', owner('b'))];
  queue.close();
  for (const one of waiting) await expect(one).rejects.toMatchObject({ code: 'overloaded' });
  expect(jest.getTimerCount()).toBe(0);
});

it('LG-16: whatever arrives, the bounds hold and every piece of work ends', async () => {
  jest.useRealTimers();
  const arrival = fc.record({
    source: fc.constantFrom('a', 'b', 'c'),
    priority: fc.constantFrom('known' as const, 'unknown' as const),
    fails: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(arrival, { maxLength: 40 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 10 }),
      async (arrivals, threads, limit) => {
        const queue = new HashQueue({ threads, limit, limitPerSource: 3, waitSeconds: 60 });
        let running = 0;
        let most = 0;
        const ends = arrivals.map(({ fails, ...place }) => {
          const end = queue.run(place, async () => {
            running += 1;
            most = Math.max(most, running);
            await Promise.resolve();
            running -= 1;
            if (fails) throw new Error('work');
          });
          expect(queue.waiting).toBeLessThanOrEqual(limit);
          return end;
        });
        await Promise.allSettled(ends);
        expect(most).toBeLessThanOrEqual(threads);
        expect(queue.waiting).toBe(0);
        // A thread that was never given back would make this one wait for ever.
        await queue.run(stranger('last'), () => Promise.resolve());
      },
    ),
  );
});
