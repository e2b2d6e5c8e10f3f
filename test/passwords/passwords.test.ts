import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import * as bcrypt from 'bcrypt';
import fc from 'fast-check';
import { makePasswords, PEPPERS, PLACE } from './password-services';

const passwords = makePasswords();

beforeAll(() => passwords.service.onModuleInit());
afterAll(() => passwords.close());

describe('a password is used exactly as sent', () => {
  const long = 'a'.repeat(72);
  const accented = 'é'.repeat(36);

  it.each([
    ['another 73rd character', `${long}X`, `${long}Y`],
    ['another character after 72 bytes', `${accented}X`, `${accented}Y`],
    ['the last character missing', `${long}X`, long],
    ['another case', 'Correct Horse', 'correct horse'],
    ['a leading space', 'correct horse', ' correct horse'],
    ['a trailing space', 'correct horse', 'correct horse '],
    ['a NUL and more behind it', 'correct horse', 'correct horse\0battery'],
    ['something else after a NUL', 'correct\0horse', 'correct\0house'],
    ['255 characters more', 'correct horse', `correct horse${'x'.repeat(255)}`],
    ['full-width letters', 'correct horse', 'ｃｏｒｒｅｃｔ horse'],
  ])('PW-3: %s does not verify', async (_, password, other) => {
    const stored = await passwords.hash(password);
    expect(await passwords.verify(password, stored)).toBe('ok');
    expect(await passwords.verify(other, stored)).toBe('failed');
  });

  it('PW-3: what was hashed verifies, whatever the characters and the length', async () => {
    const password = fc.string({ unit: 'binary', maxLength: 1024 });
    await fc.assert(
      fc.asyncProperty(password, async (text) => {
        expect(await passwords.verify(text, await passwords.hash(text))).toBe('ok');
      }),
      { numRuns: 5 },
    );
  });

  it('PW-13: composed and decomposed characters are different passwords, as documented', async () => {
    const composed = 'caf\u00e9 correct horse';
    const stored = await passwords.hash(composed);
    expect(await passwords.verify(composed, stored)).toBe('ok');
    expect(await passwords.verify(composed.normalize('NFD'), stored)).toBe('failed');
  });

  it('PW-13: half a character is refused, because it would verify as another half', async () => {
    const stored = await passwords.hash('correct \ufffd horse');
    for (const half of ['correct \ud800 horse', 'correct \udfff horse', '\ud83d', 'x\ude00']) {
      const refused = { code: 'validation_failed', errors: [{ field: 'password' }] };
      await expect(passwords.verify(half, stored)).rejects.toMatchObject(refused);
      await expect(passwords.verify(half, null)).rejects.toMatchObject(refused);
      await expect(passwords.hash(half)).rejects.toMatchObject(refused);
      await expect(passwords.service.assertAcceptable(half)).rejects.toMatchObject(refused);
    }
  });

  it('PW-14: what is longer than any password is refused before anything is hashed', async () => {
    const stored = await passwords.hash('correct horse');
    const run = jest.spyOn(passwords.workers, 'run');
    const tooLong = { code: 'validation_failed' };
    for (const huge of ['x'.repeat(1025), '😀'.repeat(1025), 'x'.repeat(1_000_000)]) {
      await expect(passwords.verify(huge, stored)).rejects.toMatchObject(tooLong);
      await expect(passwords.hash(huge)).rejects.toMatchObject(tooLong);
    }
    expect(run).not.toHaveBeenCalled();
    run.mockRestore();
    expect(await passwords.verify('x'.repeat(1024), stored)).toBe('failed');
    expect(await passwords.verify('😀'.repeat(1024), stored)).toBe('failed');
  });

  it('PW-14: lowering the longest new password locks nobody out', async () => {
    const password = randomBytes(96).toString('base64');
    const stored = await passwords.hash(password);
    const stricter = makePasswords({ maxLength: 64 });
    try {
      await expect(stricter.service.assertAcceptable(password)).rejects.toMatchObject({
        code: 'password_policy',
      });
      expect(await stricter.verify(password, stored)).toBe('ok');
    } finally {
      await stricter.close();
    }
  });

  it('something that is no text is refused, not thrown over', async () => {
    for (const value of [undefined, null, 7, {}, ['a']]) {
      await expect(passwords.verify(value as string, null)).rejects.toMatchObject({
        code: 'validation_failed',
      });
    }
  });
});

describe('what is stored', () => {
  it('PW-10: names its scheme and pepper and has the configured cost', async () => {
    expect(await passwords.hash('correct horse')).toMatch(
      /^\{bcrypt-hmac-sha256;pepper=1\}\$2b\$10\$[./A-Za-z0-9]{53}$/,
    );
  });

  it('PW-11: is keyed with the pepper, so that no unkeyed hash of the password matches', async () => {
    const stored = await passwords.hash('correct horse');
    const other = makePasswords({ peppers: [{ ...PEPPERS.two, version: 1 }] });
    try {
      expect(await other.verify('correct horse', stored)).toBe('failed');
    } finally {
      await other.close();
    }
    expect(bcrypt.compareSync('correct horse', stored.slice(stored.indexOf('$')))).toBe(false);
  });

  it('PW-12: depends on the password alone, not on an identifier in front of it', async () => {
    const stored = await passwords.hash('correct horse');
    const source = 'u'.repeat(500);
    const verify = (password: string) =>
      passwords.service.verify({ password, stored, source, priority: 'known' });
    expect(await verify('correct horse')).toBe('ok');
    expect(await verify('wrong horse')).toBe('failed');
  });

  it('PW-10: a raised cost and a new pepper ask for another hash, and the old one still verifies', async () => {
    const stored = await passwords.hash('correct horse');
    const raised = makePasswords({ cost: 11, peppers: [PEPPERS.two, PEPPERS.one] });
    try {
      expect(await raised.verify('correct horse', stored)).toBe('ok-rehash');
      const upgraded = await raised.hash('correct horse');
      expect(upgraded).toMatch(/^\{bcrypt-hmac-sha256;pepper=2\}\$2b\$11\$/);
      expect(await raised.verify('correct horse', upgraded)).toBe('ok');
      expect(await raised.verify('wrong horse', stored)).toBe('failed');
    } finally {
      await raised.close();
    }
  });

  it('PW-10: a higher cost than configured stays, so that instances do not undo each other', async () => {
    const costly = makePasswords({ cost: 11 });
    try {
      const stored = await costly.hash('correct horse');
      expect(await passwords.verify('correct horse', stored)).toBe('ok');
    } finally {
      await costly.close();
    }
  });

  it('a missing pepper is an error, never a mismatch', async () => {
    const stored = (await passwords.hash('correct horse')).replace('pepper=1', 'pepper=9');
    await expect(passwords.verify('correct horse', stored)).rejects.toMatchObject({
      code: 'internal_error',
    });
  });
});

describe('LG-1: failures look alike', () => {
  it('LG-1: whatever is compared, a failure takes no less than a full hash', async () => {
    const fresh = makePasswords();
    try {
      const run = jest.spyOn(fresh.workers, 'run');
      await fresh.service.onModuleInit();
      const { tookMs: fullHashMs } = await run.mock.results[1]!.value;
      // Compared, this one takes about a millisecond.
      const cheap = '{django}pbkdf2_sha256$1$seasalt$OhePi2xDoB+D4NEHSeeZQ0Z53NU8tc0zjC5vuHCs4o4=';
      for (const stored of [cheap, null, await fresh.hash('correct horse')]) {
        const started = performance.now();
        expect(await fresh.verify('wrong horse', stored)).toBe('failed');
        expect(performance.now() - started).toBeGreaterThan(fullHashMs);
      }
    } finally {
      await fresh.close();
    }
  });

  it('LG-1: a missing account costs a hash of the configured cost', async () => {
    const run = jest.spyOn(passwords.workers, 'run');
    await passwords.verify('wrong horse', null);
    expect(run).toHaveBeenCalledTimes(1);
    expect(run.mock.calls[0]![0]).toMatchObject({
      kind: 'bcrypt-compare',
      hash: expect.stringMatching(/^\$2b\$10\$/),
    });
    run.mockRestore();
  });

  it('LG-1: the right password of nobody is no password: null always fails', async () => {
    for (const password of ['', 'correct horse']) {
      expect(await passwords.verify(password, null)).toBe('failed');
    }
  });
});

describe('LG-16: hashing leaves the server alone', () => {
  it('LG-16: files are read and the event loop turns while hashes run', async () => {
    // More at once than libuv has threads: hashes that took those would leave none for files.
    const many = makePasswords({ hashThreads: 16 });
    try {
      const hashAll = () => Promise.all(Array.from({ length: 16 }, () => many.hash('x')));
      // The threads have started once these are done.
      await hashAll();
      const started = performance.now();
      const running = new AbortController();
      const storm = hashAll().finally(() => {
        running.abort();
      });
      let longestMs = 0;
      while (!running.signal.aborted) {
        const asked = performance.now();
        await stat(__filename);
        longestMs = Math.max(longestMs, performance.now() - asked);
      }
      await storm;
      // In libuv's four threads a read would wait for most of the hashes before it.
      expect(longestMs).toBeLessThan((performance.now() - started) / 4);
    } finally {
      await many.close();
    }
  });

  it('FS-5: a storm beyond the queue is refused at once, and what was accepted ends', async () => {
    const small = makePasswords({ hashThreads: 1, hashQueueLimit: 4, hashQueuePerSource: 4 });
    try {
      await small.service.onModuleInit();
      const order: string[] = [];
      const attempts = Array.from({ length: 40 }, (_, index) =>
        small.service
          .verify({ password: 'x', stored: null, source: `${index}`, priority: 'unknown' })
          .then(
            (outcome) => (order.push('failed'), outcome),
            (error: unknown) => (order.push('refused'), error),
          ),
      );
      const outcomes = await Promise.all(attempts);
      // One runs and three wait: a quarter of four places is kept for known devices.
      expect(outcomes.filter((outcome) => outcome === 'failed')).toHaveLength(4);
      expect(outcomes.filter((outcome) => outcome !== 'failed')).toHaveLength(36);
      for (const outcome of outcomes) {
        if (outcome === 'failed') continue;
        expect(outcome).toMatchObject({
          code: 'overloaded',
          retryAfterSeconds: expect.any(Number),
        });
      }
      expect(order.lastIndexOf('refused')).toBeLessThan(order.indexOf('failed'));
    } finally {
      await small.close();
    }
  });

  const onLinux = process.platform === 'linux' ? it : it.skip;
  onLinux(
    'LG-16: hashing threads have a lower priority, and the main thread keeps its own',
    async () => {
      await passwords.hash('correct horse');
      const tasks = readdirSync('/proc/self/task');
      // proc(5): after the name in brackets, nice is the 17th field.
      const niceOf = (task: string) => {
        const status = readFileSync(`/proc/self/task/${task}/stat`, 'latin1');
        return Number(status.slice(status.lastIndexOf(')') + 2).split(' ')[16]);
      };
      const main = niceOf(String(process.pid));
      expect(tasks.map(niceOf).filter((nice) => nice >= main + 10)).not.toHaveLength(0);
      expect(main).toBeLessThan(10);
    },
  );

  it('waiting hashes are refused when the server stops, and running ones end', async () => {
    const stopping = makePasswords({ hashThreads: 1 });
    const attempts = Promise.allSettled(
      ['a', 'b', 'c'].map((source) => stopping.service.hash('correct horse', { ...PLACE, source })),
    );
    await stopping.close();
    const outcomes = await attempts;
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
  });
});
