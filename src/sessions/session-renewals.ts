import { Injectable } from '@nestjs/common';
import type { AuditOrigin } from '../audit/audit-event';
import { ChangeFeed } from '../change-feed/change-feed';
import type { IdentifiedSession } from './identified-session';
import { SecretIds, type NewSecretId } from './secret-ids';
import { SecretIdsRepository } from './secret-ids.repository';
import type { Session } from './session';

/** A session and the secret id that it has now. */
export interface RenewedSession {
  readonly session: Session;
  readonly secretId: string;
}

/** Gives sessions of the `session` transport a new secret id wherever what they may do changes (SS-1). */
@Injectable()
export class SessionRenewals {
  readonly #flights = new Map<string, Promise<RenewedSession | undefined>>();

  constructor(
    private readonly secretIds: SecretIds,
    private readonly stored: SecretIdsRepository,
    private readonly feed: ChangeFeed,
  ) {}

  /**
   * After somebody changed what the account may do. Of requests that notice it at once, on whichever
   * instance, one makes the new id; undefined says that another one did.
   */
  afterAuthorityChange(
    session: IdentifiedSession,
    authorityVersion: number,
    origin: AuditOrigin,
  ): Promise<RenewedSession | undefined> {
    const { key } = session;
    const flight =
      this.#flights.get(key) ??
      this.#renewForAuthority(session, authorityVersion, origin).finally(() =>
        this.#flights.delete(key),
      );
    this.#flights.set(key, flight);
    return flight;
  }

  /** After the person proved who they are. Undefined when the session is no longer live. */
  async afterStepUp(
    sessionId: string,
    amr: readonly string[],
    origin: AuditOrigin,
  ): Promise<RenewedSession | undefined> {
    const made = this.secretIds.make();
    return this.#announced(
      made,
      await this.stored.renewForStepUp({
        ...made,
        sessionId,
        amr,
        origin,
        reason: 'step_up',
        // Whoever held the id before has proved nothing, and must not come by what the person did.
        converges: false,
      }),
    );
  }

  async #renewForAuthority(
    { key, sessionId }: IdentifiedSession,
    authorityVersion: number,
    origin: AuditOrigin,
  ): Promise<RenewedSession | undefined> {
    const made = this.secretIds.make();
    return this.#announced(
      made,
      await this.stored.renewForAuthority({
        ...made,
        sessionId,
        presented: Buffer.from(key, 'base64url'),
        authorityVersion,
        origin,
        reason: 'authority',
        converges: true,
      }),
    );
  }

  #announced({ id }: NewSecretId, session: Session | undefined): RenewedSession | undefined {
    if (session === undefined) return undefined;
    const { id: sessionId, sessionVersion: version } = session;
    this.feed.deliver({ kind: 'session_version', sessionId, version });
    return { session, secretId: id };
  }
}
