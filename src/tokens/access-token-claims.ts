import { isId } from '../database/identifiers';
import type { VerifiedAccessToken } from './verified-access-token';

/** What a payload is measured by. */
export interface ClaimRules {
  readonly issuer: string;
  readonly audience: string;
  /** Seconds since the epoch. */
  readonly nowSeconds: number;
  readonly clockToleranceSeconds: number;
  /** The longest life of a token in this deployment. */
  readonly ttlSeconds: number;
  readonly keyId: string;
}

/**
 * Reads the claims of RFC 9068 §2.2 and ours, each with its one type. Undefined where any is missing,
 * of another type, or not for us or not for now.
 */
export function readClaims(
  claims: Readonly<Record<string, unknown>>,
  rules: ClaimRules,
): VerifiedAccessToken | undefined {
  const { iss, aud, sub, sid, jti, client_id, ae, sv, tid, iat, exp, nbf, auth_time, amr } = claims;
  // Exactly these texts: neither a list that contains the audience nor another spelling (JW-7).
  if (iss !== rules.issuer || aud !== rules.audience) return undefined;
  if (!isId(sub) || !isId(sid) || !isId(jti) || !(tid === undefined || isId(tid))) return undefined;
  if (typeof client_id !== 'string' || !isTexts(amr)) return undefined;
  if (!isCount(ae) || !(sv === undefined || isCount(sv)) || !isCount(auth_time)) return undefined;
  const lifetime = readLifetime({ iat, exp, nbf }, rules);
  if (lifetime === undefined) return undefined;
  const methods = Object.freeze([...amr]);
  const principal = Object.freeze({
    accountId: sub,
    sessionId: sid,
    tenantId: tid,
    authTime: auth_time,
    amr: methods,
  });
  return Object.freeze({
    ...principal,
    ...lifetime,
    clientId: client_id,
    accountEpoch: ae,
    sessionVersion: sv,
    tokenId: jti,
    keyId: rules.keyId,
    principal,
  });
}

/**
 * RFC 7519 §4.1.4–6. A token never counts for longer than tokens live here, whatever its `exp` says:
 * the change feed remembers revocations for that long and no longer.
 */
function readLifetime(
  { iat, exp, nbf }: { readonly iat: unknown; readonly exp: unknown; readonly nbf: unknown },
  { nowSeconds, clockToleranceSeconds, ttlSeconds }: ClaimRules,
): Pick<VerifiedAccessToken, 'issuedAt' | 'expiresAt'> | undefined {
  if (!isCount(iat) || !isCount(exp) || !(nbf === undefined || isCount(nbf))) return undefined;
  const latestStart = nowSeconds + clockToleranceSeconds;
  if (iat > latestStart || (nbf !== undefined && nbf > latestStart)) return undefined;
  const expiresAt = Math.min(exp, iat + ttlSeconds);
  return isOver(expiresAt, { nowSeconds, clockToleranceSeconds })
    ? undefined
    : { issuedAt: iat, expiresAt };
}

/** Whether a token is past its time, clocks that differ by the tolerance included. */
export function isOver(
  expiresAt: number,
  { nowSeconds, clockToleranceSeconds }: Pick<ClaimRules, 'nowSeconds' | 'clockToleranceSeconds'>,
): boolean {
  return nowSeconds >= expiresAt + clockToleranceSeconds;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
