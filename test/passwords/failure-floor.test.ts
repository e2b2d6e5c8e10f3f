import { FailureFloor } from '../../src/passwords/failure-floor';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

/** When a failure whose hash took `tookMs` is answered, counted from the start of the hash. */
async function answeredAfter(floor: FailureFloor, tookMs: number): Promise<number> {
  const startedMs = performance.now();
  await jest.advanceTimersByTimeAsync(tookMs);
  let answeredMs: number | undefined;
  void floor.rest(startedMs).then(() => (answeredMs = performance.now() - startedMs));
  for (let passed = 0; answeredMs === undefined && passed < 5000; passed += 1) {
    await jest.advanceTimersByTimeAsync(1);
  }
  return answeredMs!;
}

it('LG-1: hashes of every cost up to the floor are answered at the same moment', async () => {
  const floor = new FailureFloor(() => performance.now());
  floor.measured(200);
  for (const tookMs of [1, 150, 200, 290]) expect(await answeredAfter(floor, tookMs)).toBe(300);
});

it('LG-1: the floor rises while a busy server makes hashes slower, and comes back', async () => {
  const floor = new FailureFloor(() => performance.now());
  floor.measured(200);
  for (let hashes = 0; hashes < 50; hashes += 1) floor.observed(400);
  // Within a millisecond: a moving average only approaches.
  expect(Math.round((await answeredAfter(floor, 1)) / 10)).toBe(60);
  for (let hashes = 0; hashes < 50; hashes += 1) floor.observed(200);
  expect(Math.round((await answeredAfter(floor, 1)) / 10)).toBe(30);
});

it('LG-1: the floor never sinks below what was measured at boot', async () => {
  const floor = new FailureFloor(() => performance.now());
  floor.measured(200);
  for (let hashes = 0; hashes < 50; hashes += 1) floor.observed(1);
  expect(await answeredAfter(floor, 1)).toBe(300);
});
