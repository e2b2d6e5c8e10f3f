import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { newId } from '../src/database/identifiers';
import { IdentifiedSessions } from '../src/sessions/identified-sessions';
import { identifiedSession } from '../src/sessions/read-identified-session';
import type { Session } from '../src/sessions/session';
import type { VerifiedAccessToken } from '../src/tokens/verified-access-token';
import type { Row } from './measure';

const SESSIONS = 100_000;
/** Of an ES256 access token with the claims of a session, in characters. */
const TOKEN_LENGTH = 560;
const BYTES_PER_MEGABYTE = 1_048_576;

/** What one process found: bytes of heap for all sessions. */
interface Measured {
  readonly secretIds: number;
  readonly accessTokens: number;
}

/** Fills the caches in a process of its own that may collect its garbage when it likes. */
export function cacheMemory(): Row[] {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--expose-gc', '-r', '@swc-node/register', __filename],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
  const { secretIds, accessTokens } = JSON.parse(stdout) as Measured;
  const row = (what: string, bytes: number, bound: string): Row => ({
    what: `memory of ${SESSIONS.toLocaleString('en')} live sessions: ${what}`,
    reached: `${(bytes / BYTES_PER_MEGABYTE).toFixed(0)} MB`,
    bar: 'none',
    detail: `${(bytes / SESSIONS).toFixed(0)} bytes each; an instance remembers ${bound}`,
  });
  return [
    row('secret ids of the `session` transport', secretIds, '50,000 at most'),
    row(
      'verified access tokens',
      accessTokens,
      '`accessTokens.cacheEntries` at most, 20,000 by default',
    ),
  ];
}

function measure(): Measured {
  const sessions = new IdentifiedSessions(SESSIONS);
  const secretIds = heapOf(() => {
    for (let count = 0; count < SESSIONS; count += 1) sessions.add(aSession());
  });
  const tokens = new LRUCache<string, VerifiedAccessToken>({ max: SESSIONS });
  const accessTokens = heapOf(() => {
    for (let count = 0; count < SESSIONS; count += 1) tokens.set(aToken(), aVerifiedToken());
  });
  if (sessions.size + tokens.size !== 2 * SESSIONS) throw new Error('something was forgotten');
  return { secretIds, accessTokens };
}

function heapOf(work: () => void): number {
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  work();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed - before;
}

function aSession() {
  const now = new Date();
  const session: Session = {
    id: newId(),
    transport: 'session',
    counter: 0,
    accountEpoch: 1,
    sessionVersion: 1,
    createdAt: now,
    expiresAt: now,
    endsAt: now,
    amr: ['pwd'],
    authTime: now,
    account: {
      id: newId(),
      email: 'somebody@example.test',
      emailVerified: true,
      displayName: null,
    },
  };
  const found = {
    session,
    state: 'live' as const,
    nonce: randomBytes(32),
    digest: randomBytes(32),
    authorityVersion: 1,
    idleMilliseconds: 1,
    absoluteMilliseconds: 1,
  };
  const key = randomBytes(32).toString('base64url');
  return identifiedSession(found, { key, startedAt: 0, loadedAt: 0 });
}

function aToken(): string {
  return randomBytes(TOKEN_LENGTH).toString('base64url').slice(0, TOKEN_LENGTH);
}

function aVerifiedToken(): VerifiedAccessToken {
  const [accountId, sessionId] = [newId(), newId()];
  const amr = Object.freeze(['pwd']);
  return Object.freeze({
    accountId,
    sessionId,
    clientId: 'web',
    accountEpoch: 1,
    authTime: 1,
    amr,
    issuedAt: 1,
    expiresAt: 2,
    tokenId: newId(),
    keyId: 'a key',
    principal: Object.freeze({ accountId, sessionId, authTime: 1, amr }),
  });
}

if (require.main === module) process.stdout.write(JSON.stringify(measure()));
