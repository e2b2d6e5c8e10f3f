import { Injectable, Logger } from '@nestjs/common';
import { ChangeFeed } from '../change-feed/change-feed';
import { labelsBy } from '../telemetry/labels';
import { Telemetry } from '../telemetry/telemetry';
import type { Rotation, RotationOutcome, Verdict } from './rotation';
import { Revocations } from './revocations';
import { RotationsRepository, type Advanced } from './rotations.repository';
import { SessionsRepository } from './sessions.repository';

const endedAs = labelsBy((outcome: Verdict | 'rotated') => ({
  'portcullis.refresh.outcome': outcome,
}));

/** A token that was current at each look and yet never won: the row changes under us. */
const MAX_TURNS = 4;

/** Convergent rotation of refresh tokens: concurrent callers get one successor, a thief gets none. */
@Injectable()
export class RotationsService {
  readonly #logger = new Logger('Portcullis');
  readonly #attempts;

  constructor(
    private readonly rotations: RotationsRepository,
    private readonly sessions: SessionsRepository,
    private readonly revocations: Revocations,
    private readonly feed: ChangeFeed,
    private readonly telemetry: Telemetry,
  ) {
    this.#attempts = telemetry.counter('portcullis.refresh.attempts');
  }

  /**
   * Rotates a family, or says why it may not be.
   *
   * One statement in the common case, two where the token was not the current one.
   */
  rotate(rotation: Rotation): Promise<RotationOutcome> {
    return this.telemetry.span('portcullis.refresh', () => this.#rotate(rotation));
  }

  async #rotate(rotation: Rotation): Promise<RotationOutcome> {
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      const advanced = await this.rotations.advance(rotation);
      if (advanced !== undefined) return this.#unlessForgotten(advanced, rotation);
      const outcome = await this.#lost(rotation);
      if (outcome !== undefined) return outcome;
    }
    this.#attempts.add(1, endedAs('retry'));
    return { kind: 'refused', verdict: 'unknown' };
  }

  /**
   * A database that lost its newest commits, because a standby that lagged took over, takes a session
   * for live that this instance saw end: it ends once more.
   */
  async #unlessForgotten(advanced: Advanced, rotation: Rotation): Promise<RotationOutcome> {
    const { session } = advanced;
    const { id: sessionId, account, accountEpoch } = session;
    if (!this.revocations.heardOf({ sessionId, accountId: account.id, accountEpoch })) {
      this.#attempts.add(1, endedAs('rotated'));
      return { kind: 'rotated', ...advanced };
    }
    this.#attempts.add(1, endedAs('revoked'));
    const { secretDigest, origin } = rotation;
    const by = { sessionId, secretDigest };
    await this.sessions.revoke({ by, reason: 'revoked', origin });
    return { kind: 'refused', verdict: 'revoked' };
  }

  async #lost(rotation: Rotation): Promise<RotationOutcome | undefined> {
    const { verdict, session, alarm } = await this.rotations.classify(rotation);
    if (verdict === 'retry') return undefined;
    this.#attempts.add(1, endedAs(verdict));
    if (verdict === 'current' || verdict === 'grace') {
      if (verdict === 'grace' && alarm) this.#warn('grace_from_two_networks', rotation);
      return session && { kind: 'repeated', session };
    }
    if (verdict === 'reuse') {
      this.#warn('refresh_token_reused', rotation);
      this.feed.deliver({ kind: 'session_revoked', sessionId: rotation.sessionId });
    }
    return { kind: 'refused', verdict };
  }

  #warn(event: string, { sessionId, origin }: Rotation): void {
    this.#logger.warn({ event, sessionId, ip: origin.ip, requestId: origin.requestId });
  }
}
