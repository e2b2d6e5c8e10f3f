import { Injectable } from '@nestjs/common';
import type { AuditOrigin } from '../audit/audit-event';
import { ChangeFeed } from '../change-feed/change-feed';
import { AuthError } from '../errors/auth-error';
import type { IdentifiedSession } from './identified-session';
import { SecretIds, type NewSecretId } from './secret-ids';
import { SecretIdsRepository } from './secret-ids.repository';
import type { Session } from './session';
import { StepUpsRepository, type StepUp } from './step-ups.repository';

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
    private readonly stepUps: StepUpsRepository,
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

  /**
   * Notes that the person proved once more who they are, in a session with tokens: these stay.
   *
   * @throws AuthError `session_revoked` when the session ended or the account changed meanwhile
   */
  async confirm(proof: StepUp): Promise<Session> {
    const session = await this.stepUps.confirm(proof);
    if (session === undefined) throw new AuthError('session_revoked');
    return session;
  }

  /** The same in a session of transport `session`, which gets a new id. */
  async confirmAndRenew(proof: StepUp, presented: Buffer): Promise<RenewedSession> {
    const made = this.secretIds.make();
    // Whoever held the id before has proved nothing, and must not come by what the person did.
    const renewal = { ...made, presented, converges: false };
    return this.#announced(made, await this.confirm({ ...proof, renewal }));
  }

  async #renewForAuthority(
    { key, sessionId }: IdentifiedSession,
    authorityVersion: number,
    origin: AuditOrigin,
  ): Promise<RenewedSession | undefined> {
    const made = this.secretIds.make();
    const renewed = await this.stored.renewForAuthority({
      ...made,
      presented: Buffer.from(key, 'base64url'),
      converges: true,
      sessionId,
      authorityVersion,
      origin,
    });
    return renewed && this.#announced(made, renewed);
  }

  #announced({ id }: NewSecretId, session: Session): RenewedSession {
    const { id: sessionId, sessionVersion: version } = session;
    this.feed.deliver({ kind: 'session_version', sessionId, version });
    return { session, secretId: id };
  }
}
