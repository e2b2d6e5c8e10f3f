import { Injectable } from '@nestjs/common';
import type { AuditOrigin } from '../audit/audit-event';
import { ChangeFeed } from '../change-feed/change-feed';
import type { Tx } from '../database/database';
import { isId } from '../database/identifiers';
import { AuthError } from '../errors/auth-error';
import type { SecretIdRenewal } from './secret-id.sql';
import type { RevocationReason, Session } from './session';
import { SessionsRepository, type FamilyProof, type SessionListItem } from './sessions.repository';

/** Looks sessions up, lists and ends them. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly sessions: SessionsRepository,
    private readonly feed: ChangeFeed,
  ) {}

  /**
   * The live session with an id; with a proof, only when the token behind it belongs to the family.
   *
   * @throws AuthError `unauthenticated`, `account_disabled`, `session_revoked`, `session_expired`
   */
  async live(sessionId: string, proof?: FamilyProof): Promise<Session> {
    const found = await this.sessions.find(sessionId, proof);
    switch (found?.state) {
      case 'live':
        return found.session;
      case 'expired':
        throw new AuthError('session_expired');
      case 'revoked':
        throw new AuthError('session_revoked');
      case 'disabled':
        throw new AuthError('account_disabled');
      case undefined:
        throw new AuthError('unauthenticated');
    }
  }

  /** The live sessions of an account, at most 200, the most recently used first. */
  list(accountId: string): Promise<SessionListItem[]> {
    return this.sessions.listLive(accountId);
  }

  /**
   * Ends one session of an account.
   *
   * @throws AuthError `not_found` also for sessions of others
   */
  async revokeOwn(accountId: string, sessionId: string, origin?: AuditOrigin): Promise<void> {
    const ended =
      isId(sessionId) &&
      (await this.sessions.revoke({ by: { accountId, sessionId }, reason: 'revoked', origin })) !==
        undefined;
    if (!ended) throw new AuthError('not_found');
    this.#announce([sessionId]);
  }

  /** Ends the family that a token belongs to. Ending it again changes nothing. */
  async logout(proof: FamilyProof, origin?: AuditOrigin): Promise<void> {
    await this.sessions.revoke({ by: proof, reason: 'logout', origin });
    this.#announce([proof.sessionId]);
  }

  /** Ends the session that a secret id belongs to. Ending it again changes nothing. */
  async logoutSecretId(secretIdDigest: Buffer, origin?: AuditOrigin): Promise<void> {
    const ended = await this.sessions.revoke({ by: { secretIdDigest }, reason: 'logout', origin });
    if (ended !== undefined) this.#announce([ended]);
  }

  /** Ends the session that an access token belongs to. Ending it again changes nothing. */
  async logoutSession(accountId: string, sessionId: string, origin?: AuditOrigin): Promise<void> {
    await this.sessions.revoke({ by: { accountId, sessionId }, reason: 'logout', origin });
    this.#announce([sessionId]);
  }

  /**
   * Ends the session that an access token belongs to, at the wish of a client that received it. Ending
   * it again changes nothing.
   */
  async revokeByClient({ accountId, sessionId, ...end }: ClientRevocation): Promise<void> {
    await this.sessions.revoke({ ...end, by: { accountId, sessionId }, reason: 'revoked' });
    this.#announce([sessionId]);
  }

  /** Ends every other session of the account. */
  async logoutOthers(session: Session, origin?: AuditOrigin): Promise<void> {
    const accountId = session.account.id;
    this.#announce(
      await this.sessions.revokeSiblings({ accountId, sessionId: session.id, origin }),
    );
  }

  /**
   * Ends the sessions of an account whose security epoch just rose in the same transaction.
   *
   * Call {@link announceEpoch} after the commit, so that this instance need not wait for the feed.
   *
   * @returns the ids of the sessions that this call ended
   * @throws AuthError `session_revoked` when the session that should stay has ended meanwhile: nothing
   * may be done in its name, and its tokens must not be excepted from the new epoch
   */
  async revokeForEpoch(end: EpochEnd, tx: Tx): Promise<readonly string[]> {
    const { ended, kept } = await this.sessions.revokeOthers(end, tx);
    if (end.exceptSessionId !== undefined && !kept) throw new AuthError('session_revoked');
    return ended;
  }

  announceEpoch({ accountId, epoch, exceptSessionId }: EpochEnd): void {
    this.feed.deliver({ kind: 'account_epoch', accountId, epoch, exceptSessionId });
  }

  #announce(sessionIds: readonly string[]): void {
    for (const sessionId of sessionIds) this.feed.deliver({ kind: 'session_revoked', sessionId });
  }
}

/** What a client that is not the account's own ends. */
export interface ClientRevocation {
  readonly accountId: string;
  readonly sessionId: string;
  readonly client: string;
  readonly origin?: AuditOrigin;
}

/** A rise of an account's epoch, and what it does to its sessions. */
export interface EpochEnd {
  readonly accountId: string;
  readonly epoch: number;
  readonly exceptSessionId?: string;
  readonly reason: RevocationReason;
  /** The secret id that the session that stays has from then on, where it has one. */
  readonly renewal?: SecretIdRenewal;
  readonly origin?: AuditOrigin;
}
