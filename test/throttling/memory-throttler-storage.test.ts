import { Logger } from '@nestjs/common';
import {
  MAX_THROTTLED_KEYS,
  MemoryThrottlerStorage,
} from '../../src/throttling/memory-throttler-storage';
import { FakeClock } from '../support/fake-clock';
import { describeThrottlerStorage } from './storage-contract';

describeThrottlerStorage('the memory of an instance', () => {
  const clock = new FakeClock();
  return {
    storage: new MemoryThrottlerStorage(clock),
    advanceSeconds: (seconds) => clock.advanceSeconds(seconds),
  };
});

describe('the memory that counting takes', () => {
  const clock = new FakeClock();
  let storage: MemoryThrottlerStorage;

  beforeEach(() => {
    storage = new MemoryThrottlerStorage(clock);
  });

  afterEach(() => jest.restoreAllMocks());

  function hit(key: string, windowMs = 60_000, limit = 1) {
    return storage.increment(key, windowMs, limit, windowMs);
  }

  async function flood(count: number, prefix: string): Promise<void> {
    for (let index = 0; index < count; index += 1) await hit(`${prefix}:${index}`);
  }

  it('is bounded, whoever sends from however many sources, and the log says so once', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation();
    await flood(MAX_THROTTLED_KEYS + 5000, 'login');

    expect(storage.size).toBe(MAX_THROTTLED_KEYS);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(await hit(`login:${MAX_THROTTLED_KEYS}`)).toMatchObject({ isBlocked: true });
    expect(await hit('login:0')).toMatchObject({ isBlocked: false });
  });

  it('drops sources that are blocked last', async () => {
    jest.spyOn(Logger.prototype, 'warn').mockImplementation();
    await flood(2, 'early');
    await flood(MAX_THROTTLED_KEYS - 2, 'login');
    await hit('early:0');
    await flood(5, 'late');

    expect(await hit('early:0')).toMatchObject({ isBlocked: true });
    expect(await hit('early:1')).toMatchObject({ isBlocked: false });
  });

  it('shrinks again after a flood, without a timer', async () => {
    const timers = jest.spyOn(globalThis, 'setTimeout');
    const intervals = jest.spyOn(globalThis, 'setInterval');
    await flood(1000, 'flood');
    clock.advanceSeconds(60);
    await flood(999, 'later');
    expect(storage.size).toBeLessThanOrEqual(1000);
    clock.advanceSeconds(60);
    await flood(600, 'after');

    expect(storage.size).toBe(600);
    expect(timers).not.toHaveBeenCalled();
    expect(intervals).not.toHaveBeenCalled();
  });
});
