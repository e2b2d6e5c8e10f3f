import type { SessionListAnswer } from '../contract.gen.js';
import type { Permission, Role, User } from '../state.js';
import type { SessionAnswer } from '../wire.js';
import type { FakeSession } from './fake-sessions.js';

const LIFETIME_MS = 30 * 86_400_000;
const SEEN_ROUNDED_TO_MS = 300_000;

/** An account of the fake server. */
export interface FakeAccount {
  readonly email: string;
  readonly password: string;
  permissions: readonly Permission[];
  roles: readonly Role[];
  /** What is known of the person; the rest is made up. The id is the address where none is given. */
  readonly user?: Partial<User>;
}

/** An account as the server keeps it. */
export interface KeptAccount extends FakeAccount {
  /** Rises with each change of what the account may do. */
  version: number;
}

/** What is said of a session to whom it belongs. */
export function currentSession(session: FakeSession, account: KeptAccount): SessionAnswer {
  const { roles, permissions, user, version } = account;
  const { email, id, counter, createdAt, provenAt } = session;
  return {
    user: { id: email, emailVerified: true, displayName: null, ...user, email },
    session: {
      id,
      generation: counter,
      createdAt: isoOf(createdAt),
      expiresAt: isoOf(createdAt + LIFETIME_MS),
      amr: ['pwd'],
      authTime: isoOf(provenAt),
      tenantId: null,
    },
    roles,
    heldRoles: roles,
    permissions,
    authorityVersion: version,
  };
}

/** The live sessions of whoever has one, the most recently used first. */
export function listOf(own: FakeSession, all: readonly FakeSession[]): SessionListAnswer[] {
  return all
    .filter(({ email, ended }) => email === own.email && ended === undefined)
    .reverse()
    .sort((one, other) => other.lastSeenAt - one.lastSeenAt)
    .map(({ id, device, createdAt, lastSeenAt }) => ({
      id,
      device,
      ip: '192.0.2.1',
      createdAt: isoOf(createdAt),
      lastSeenAt: isoOf(Math.floor(lastSeenAt / SEEN_ROUNDED_TO_MS) * SEEN_ROUNDED_TO_MS),
      current: id === own.id,
    }));
}

function isoOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
