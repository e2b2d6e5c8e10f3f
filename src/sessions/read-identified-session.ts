import type { Principal, RoleActivation } from '../route-access/principal';
import type { IdentifiedSession, PreviousAssurance } from './identified-session';
import type { FoundBySecretId } from './secret-ids.repository';
import type { Session } from './session';

/** When and under which key a session was looked up. */
export interface Reading {
  readonly key: string;
  /** On the monotonic clock, before the query: ends that are counted from it err on the early side. */
  readonly startedAt: number;
  /** Seconds since the epoch. */
  readonly loadedAt: number;
}

/** What an instance remembers of a session that was found. */
export function identifiedSession(
  found: FoundBySecretId,
  { key, startedAt, loadedAt }: Reading,
): IdentifiedSession {
  const { session, previous, nonce, digest } = found;
  const { id, transport, counter, expiresAt, endsAt } = session;
  const idleUntil = startedAt + found.idleMilliseconds;
  const lastsMilliseconds = Math.min(
    found.absoluteMilliseconds,
    previous?.graceMilliseconds ?? Number.POSITIVE_INFINITY,
  );
  return {
    key,
    sessionId: id,
    accountId: session.account.id,
    accountEpoch: session.accountEpoch,
    sessionVersion: session.sessionVersion,
    issuedAt: loadedAt,
    principal: principalOfSession(session, previous),
    cookie: { id, transport, counter, expiresAt, endsAt },
    isCurrent: previous === undefined,
    successor: previous?.converges === true ? { nonce, digest } : undefined,
    authorityVersion: found.authorityVersion,
    endsUntil: startedAt + lastsMilliseconds,
    idleUntil,
    storedIdleUntil: idleUntil,
  };
}

/** The same principal that an access token of the session would stand for. */
function principalOfSession(session: Session, previous?: PreviousAssurance): Principal {
  const tenantId = previous === undefined ? session.tenantId : (previous.tenantId ?? undefined);
  const activation = activationOf(session, previous);
  return Object.freeze({
    accountId: session.account.id,
    sessionId: session.id,
    ...(tenantId === undefined ? {} : { tenantId }),
    authTime: previous?.authTime ?? Math.floor(session.authTime.getTime() / 1000),
    amr: Object.freeze([...(previous?.amr ?? session.amr)]),
    ...(activation === undefined ? {} : { activation }),
  });
}

/** The holder of the id before has the roles that were active then and, in the same tenant, still are. */
function activationOf(
  { sessionVersion: version, tenantId, activeRoleIds }: Session,
  previous: PreviousAssurance | undefined,
): RoleActivation | undefined {
  const now =
    previous === undefined || (previous.tenantId ?? undefined) === tenantId
      ? activeRoleIds
      : undefined;
  const before = previous?.activeRoleIds ?? undefined;
  const roleIds = now === undefined || before === undefined ? (now ?? before) : both(now, before);
  return roleIds === undefined ? undefined : { version, roleIds };
}

function both(some: readonly string[], others: readonly string[]): readonly string[] {
  return some.filter((id) => others.includes(id));
}
