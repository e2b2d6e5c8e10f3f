import type { Change } from '../../src/change-feed/change';
import type { ChangeFeed } from '../../src/change-feed/change-feed';
import type { ChangeListener } from '../../src/change-feed/change-listener';
import { Revocations, type SessionReference } from '../../src/sessions/revocations';
import { testOptions } from '../support/auth-options';
import { FakeClock } from '../support/fake-clock';

const TOKEN: SessionReference = {
  sessionId: 'session',
  accountId: 'account',
  accountEpoch: 3,
  issuedAt: 1_000,
};

describe('revocations', () => {
  let clock: FakeClock;
  let revocations: Revocations;
  let hear: (change: Change) => void;

  beforeEach(() => {
    clock = new FakeClock();
    const listeners: ChangeListener[] = [];
    const feed: Pick<ChangeFeed, 'subscribe'> = {
      subscribe: (listener) => {
        listeners.push(listener);
        return () => undefined;
      },
    };
    revocations = new Revocations(feed as ChangeFeed, clock, testOptions());
    hear = (change) => listeners.forEach((listener) => listener.onChange(change));
  });

  it('cover the tokens of a session that ended, and no others', () => {
    hear({ kind: 'session_revoked', sessionId: 'session' });
    expect(revocations.covers(TOKEN)).toBe(true);
    expect(revocations.covers({ ...TOKEN, sessionId: 'other' })).toBe(false);
  });

  it('cover the tokens of older epochs of an account, but for the session that stays', () => {
    hear({ kind: 'account_epoch', accountId: 'account', epoch: 4, exceptSessionId: 'kept' });
    expect(revocations.covers(TOKEN)).toBe(true);
    expect(revocations.covers({ ...TOKEN, sessionId: 'kept' })).toBe(false);
    expect(revocations.covers({ ...TOKEN, accountEpoch: 4 })).toBe(false);
    expect(revocations.covers({ ...TOKEN, accountId: 'other' })).toBe(false);
  });

  it('believe the highest epoch, in whatever order the changes arrive', () => {
    hear({ kind: 'account_epoch', accountId: 'account', epoch: 5 });
    hear({ kind: 'account_epoch', accountId: 'account', epoch: 4, exceptSessionId: 'session' });
    expect(revocations.covers(TOKEN)).toBe(true);
    expect(revocations.covers({ ...TOKEN, accountEpoch: 4 })).toBe(true);
  });

  it('forget a session only when every token of it has expired', () => {
    hear({ kind: 'session_revoked', sessionId: 'session' });
    clock.advanceSeconds(605);
    hear({ kind: 'session_revoked', sessionId: 'other' });
    expect(revocations.covers(TOKEN)).toBe(true);
    clock.advanceSeconds(10);
    hear({ kind: 'session_revoked', sessionId: 'third' });
    expect(revocations.covers(TOKEN)).toBe(false);
  });

  it('refuse every token issued so far rather than grow without bound', () => {
    for (let count = 0; count <= 1_000_000; count += 1) {
      hear({ kind: 'session_revoked', sessionId: `session-${count}` });
    }
    const now = clock.nowSeconds();
    expect(revocations.covers({ ...TOKEN, sessionId: 'unrelated', issuedAt: now })).toBe(true);
    expect(revocations.covers({ ...TOKEN, sessionId: 'later', issuedAt: now + 1 })).toBe(false);
  });

  it('ignore changes of authority and keys', () => {
    hear({ kind: 'authority', accountId: 'account' });
    hear({ kind: 'keys' });
    expect(revocations.covers(TOKEN)).toBe(false);
  });
});
