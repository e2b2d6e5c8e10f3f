import { Inject, Injectable } from '@nestjs/common';
import { Database } from '../database/database';
import { Parameters, seconds } from '../database/parameters';
import { ResolvedAuthOptions } from '../options/auth-options';
import { FORM_TOKEN_SECONDS } from '../options/form-options';
import { retiredKeySeconds } from '../options/signing-key-options';
import { StructuralAuthOptions } from '../options/structural-options';

/** What one secret protects by now. */
export interface SecretUse {
  readonly fingerprint: string;
  /** Null where no instance has recorded that it protected something under it. */
  readonly firstUsedAt: Date | null;
  readonly lastUsedAt: Date | null;
  /** Whether an instance protects new things under it, as far as the record reaches. */
  readonly isUsedNow: boolean;
  /** Signing keys that may still verify and are sealed under it. */
  readonly signingKeys: number;
  /** Live sessions whose refresh token may be protected by it. */
  readonly sessions: number;
  /** When the last of them ends, unless it is refreshed before. */
  readonly sessionsEndAt: Date | null;
  /** When the last form token under it ends; null where none lives, and where there are no forms. */
  readonly formTokensEndAt: Date | null;
}

/** How fine the record is: instances write a use down at most this often. */
const RECORD_SECONDS = 300;
/** Longer than a use can be the last one and not be written down yet. */
const SLACK_SECONDS = 2 * RECORD_SECONDS;

@Injectable()
export class SecretUsesRepository {
  constructor(
    private readonly database: Database,
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
    @Inject(StructuralAuthOptions) private readonly structure: StructuralAuthOptions,
  ) {}

  /** Writes down that a secret protects new things, unless somebody did a moment ago. */
  async record(fingerprint: string): Promise<void> {
    await this.database.query(
      `INSERT INTO ${this.database.tables.secretUses} AS known (fingerprint) VALUES ($1::text)
       ON CONFLICT (fingerprint) DO UPDATE SET last_used_at = clock_timestamp()
       WHERE known.last_used_at < clock_timestamp() - $2::interval`,
      [fingerprint, seconds(RECORD_SECONDS)],
    );
  }

  /**
   * The given secrets and every other one that was used or seals a key. A session counts for the
   * secret that was in use when its refresh token was made; for one without a record, before records
   * began. Secret ids need none: a secret makes one again only within the grace, which is shorter than the
   * record is fine. It reads every live session, so it is not for each request.
   */
  async find(fingerprints: readonly string[]): Promise<SecretUse[]> {
    const { tables } = this.database;
    const p = new Parameters();
    const slack = p.add(seconds(SLACK_SECONDS), 'interval');
    const formLife = p.add(this.structure.forms && seconds(FORM_TOKEN_SECONDS), 'interval');
    const life = p.add(seconds(retiredKeySeconds(this.options.accessTokens)), 'interval');
    return this.database.query<SecretUse>(
      `WITH sealed AS (
         SELECT encode(substring(sealed_private_key FROM 2 FOR 4), 'hex') AS fingerprint,
           count(*)::integer AS keys
         FROM ${tables.signingKeys}
         WHERE status IN ('next', 'current')
           OR status = 'retired' AND retired_at + ${life} > clock_timestamp()
         GROUP BY 1),
       named AS (
         SELECT unnest(${p.add(fingerprints, 'text[]')}) AS fingerprint
         UNION SELECT fingerprint FROM ${tables.secretUses} UNION SELECT fingerprint FROM sealed),
       spans AS (
         SELECT named.fingerprint, used.first_used_at, used.last_used_at,
           coalesce(used.last_used_at,
             (SELECT min(first_used_at) FROM ${tables.secretUses})) + ${slack} AS until_at
         FROM named LEFT JOIN ${tables.secretUses} used USING (fingerprint)),
       made AS (
         SELECT coalesce(rotated_at, created_at) AS at,
           least(idle_expires_at, absolute_expires_at) AS ends_at
         FROM ${tables.sessions}
         WHERE transport <> 'session' AND revoked_at IS NULL
           AND least(idle_expires_at, absolute_expires_at) > clock_timestamp())
       SELECT fingerprint, first_used_at AS "firstUsedAt", last_used_at AS "lastUsedAt",
         coalesce(last_used_at + ${slack} > clock_timestamp(), false) AS "isUsedNow",
         coalesce(sealed.keys, 0) AS "signingKeys",
         counted.sessions, counted.end_at AS "sessionsEndAt",
         CASE WHEN last_used_at + ${slack} + ${formLife} > clock_timestamp()
           THEN last_used_at + ${slack} + ${formLife} END AS "formTokensEndAt"
       FROM spans LEFT JOIN sealed USING (fingerprint), LATERAL (
         SELECT count(*)::integer AS sessions, max(ends_at) AS end_at FROM made
         WHERE made.at >= coalesce(spans.first_used_at, '-infinity') AND made.at <= spans.until_at
       ) counted
       ORDER BY fingerprint`,
      p.values,
    );
  }
}
