import fc from 'fast-check';
import type { Change } from '../../src/change-feed/change';
import type { ChangeFeed } from '../../src/change-feed/change-feed';
import type { ChangeListener } from '../../src/change-feed/change-listener';
import { isAuthError } from '../../src/errors/auth-error';
import { KnownSessions } from '../../src/sessions/known-sessions';
import { Revocations } from '../../src/sessions/revocations';
import type { SecretIdsRepository } from '../../src/sessions/secret-ids.repository';
import type { FoundBySecretId } from '../../src/sessions/secret-ids.repository';
import { SessionActivity } from '../../src/sessions/session-activity';
import type { SessionsRepository } from '../../src/sessions/sessions.repository';
import { testOptions } from '../support/auth-options';
import { FakeClock } from '../support/fake-clock';

const ID = 'A'.repeat(43);
const options = testOptions();

/** A feed that carries what a test says, when it says so. */
class Feed {
  readonly listeners = new Set<ChangeListener>();

  subscribe(listener: ChangeListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  deliver(change: Change): void {
    for (const listener of this.listeners) listener.onChange(change);
  }
}

/** One session in a database whose answers are old by the time they arrive. */
class Table {
  state: FoundBySecretId['state'] = 'live';
  readonly #answers: (() => void)[] = [];

  find(): Promise<FoundBySecretId> {
    const row = this.#row();
    return new Promise((resolve) => this.#answers.push(() => resolve(row)));
  }

  /** Lets the query that is under way for the longest time be answered. */
  async answer(): Promise<void> {
    this.#answers.shift()?.();
    await new Promise(setImmediate);
  }

  async answerAll(): Promise<void> {
    while (this.#answers.length > 0) await this.answer();
  }

  #row(): FoundBySecretId {
    const now = new Date();
    return {
      state: this.state,
      nonce: Buffer.alloc(32),
      digest: Buffer.alloc(32),
      authorityVersion: 1,
      idleMilliseconds: 1_000_000,
      absoluteMilliseconds: 1_000_000,
      session: {
        id: 'session',
        transport: 'session',
        counter: 0,
        accountEpoch: 1,
        sessionVersion: 1,
        createdAt: now,
        expiresAt: now,
        endsAt: now,
        amr: ['pwd'],
        authTime: now,
        account: { id: 'account', email: 'x@example.test', emailVerified: true, displayName: null },
      },
    };
  }
}

function instance() {
  const clock = new FakeClock();
  const table = new Table();
  const feed = new Feed();
  // What the instance heard end must not stand in for what is tried here.
  const silent = new Feed() as unknown as ChangeFeed;
  const stored = table as unknown as SecretIdsRepository;
  const known = new KnownSessions(
    stored,
    {} as SessionsRepository,
    new Revocations(silent, clock, options),
    new SessionActivity(stored, clock, options),
    clock,
    feed as unknown as ChangeFeed,
  );
  return { known, table, feed };
}

/** Every way in which an instance hears that a session ended. */
const endings: readonly ((feed: Feed) => void)[] = [
  (feed) => feed.deliver({ kind: 'session_revoked', sessionId: 'session' }),
  (feed) => feed.deliver({ kind: 'account_epoch', accountId: 'account', epoch: 2 }),
  (feed) => feed.deliver({ kind: 'session_version', sessionId: 'session', version: 2 }),
  (feed) => {
    for (const listener of feed.listeners) void listener.onReconnect?.();
  },
];

describe('what an instance knows of sessions', () => {
  it('SS-3: never serves one that ended once it heard so, whatever came in between', async () => {
    const steps = fc.array(fc.constantFrom('ask', 'answer', 'end', 'hear', 'noise'), {
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom(...endings), async (taken, hear) => {
        const { known, table, feed } = instance();
        let heard = false;
        let served = 0;
        const asked: Promise<void>[] = [];
        const serve = () => {
          served += 1;
          if (heard) throw new Error('an ended session was served');
        };
        const ask = () => {
          const found = known.find(ID);
          if (!(found instanceof Promise)) {
            serve();
            return;
          }
          asked.push(
            found.then(serve, (error: unknown) => {
              if (!isAuthError(error)) throw error;
            }),
          );
        };
        for (const step of taken) {
          if (step === 'ask') ask();
          else if (step === 'answer') await table.answer();
          else if (step === 'end') table.state = 'revoked';
          else if (step === 'noise')
            feed.deliver({ kind: 'session_revoked', sessionId: 'another' });
          else {
            hear(feed);
            heard ||= table.state === 'revoked';
          }
        }
        const before = served;
        ask();
        for (let turn = 0; turn < 10; turn += 1) await table.answerAll();
        await Promise.all(asked);
        // As long as it lives, it is served.
        if (table.state === 'live') expect(served).toBeGreaterThan(before);
      }),
      { numRuns: 500 },
    );
  });

  it('asks once for any number of requests, and not again while nothing changed', async () => {
    const { known, table, feed } = instance();
    const find = jest.spyOn(table, 'find');
    const asked = Array.from({ length: 5 }, async () => known.find(ID));
    await table.answerAll();
    const sessions = await Promise.all(asked);
    expect(new Set(sessions).size).toBe(1);
    expect(known.find(ID)).toBe(sessions[0]);
    expect(find).toHaveBeenCalledTimes(1);
    feed.deliver({ kind: 'session_version', sessionId: 'session', version: 1 });
    const again = known.find(ID);
    await table.answerAll();
    await again;
    expect(find).toHaveBeenCalledTimes(2);
    expect(known.size).toBe(1);
  });
});
