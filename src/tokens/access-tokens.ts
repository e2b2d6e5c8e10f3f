import { Inject, Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { Clock } from '../clock/clock';
import { newId } from '../database/identifiers';
import { AuthError } from '../errors/auth-error';
import { KeyRing } from '../keys/key-ring';
import type { VerificationKey } from '../keys/signing-key';
import { ResolvedAuthOptions } from '../options/auth-options';
import { readClaims } from './access-token-claims';
import {
  headerMembers,
  isCanonicalBase64url,
  readHeader,
  readPayload,
  splitCompactToken,
  type AccessTokenHeader,
  type CompactToken,
} from './compact-token';
import type { VerifiedAccessToken } from './verified-access-token';
import { VerifiedTokenCache } from './verified-token-cache';

/** Whom and what an access token is issued for. */
export interface AccessTokenSubject {
  readonly accountId: string;
  readonly sessionId: string;
  /** The account's security epoch; tokens of an older one are refused once it rises. */
  readonly accountEpoch: number;
  readonly sessionVersion?: number;
  readonly tenantId?: string;
  /** Seconds since the epoch. */
  readonly authTime: number;
  readonly amr: readonly string[];
  /** When it has to end at the latest, in seconds since the epoch: no token outlives its session. */
  readonly endsAt?: number;
}

/** A new access token, as the token response carries it (RFC 6749 §5.1). */
export interface MintedAccessToken {
  readonly token: string;
  readonly expiresInSeconds: number;
}

/**
 * Issues and verifies access tokens (RFC 9068). They name neither roles nor permissions nor anything
 * about the person.
 */
@Injectable()
export class AccessTokens {
  readonly #verifiers = new WeakMap<VerificationKey, JwtService>();

  constructor(
    private readonly jwt: JwtService,
    private readonly keys: KeyRing,
    private readonly cache: VerifiedTokenCache,
    private readonly clock: Clock,
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
  ) {}

  /** @throws AuthError `internal_error` when no key can sign */
  mint(subject: AccessTokenSubject): MintedAccessToken {
    const { kid, algorithm, key } = this.keys.signingKey();
    const { ttlSeconds } = this.options.accessTokens;
    const issuedAt = this.clock.nowSeconds();
    const untilEnd = (subject.endsAt ?? Number.POSITIVE_INFINITY) - issuedAt;
    const expiresInSeconds = Math.max(1, Math.min(ttlSeconds, untilEnd));
    const claims = {
      iss: this.options.issuer,
      aud: this.options.audience,
      sub: subject.accountId,
      client_id: this.options.clientId,
      iat: issuedAt,
      exp: issuedAt + expiresInSeconds,
      jti: newId(),
      sid: subject.sessionId,
      ae: subject.accountEpoch,
      sv: subject.sessionVersion,
      tid: subject.tenantId,
      auth_time: subject.authTime,
      amr: subject.amr,
    };
    const header = headerMembers({ algorithm, kid });
    const token = this.jwt.sign(claims, { algorithm, header, privateKey: key });
    return { token, expiresInSeconds };
  }

  /**
   * Checks everything about a token but whether it was revoked, and remembers it when it is good. The
   * answer comes at once, but for a token whose key has to be looked up first.
   *
   * @throws AuthError `invalid_token`, whatever is wrong with it; `database_unavailable`
   */
  verify(token: string): VerifiedAccessToken | Promise<VerifiedAccessToken> {
    const parts = splitCompactToken(token) ?? refuse('it has not three parts of bounded length');
    const header = readHeader(parts.header) ?? refuse('its header is not one that we write');
    const key = this.#keyOf(header);
    if (key !== undefined) return this.#verifyWith(key, token, parts);
    const reload = this.keys.reloadForUnknownKey() ?? refuse('its key is not known');
    return reload.then(() => {
      const found = this.#keyOf(header) ?? refuse('its key is not known');
      return this.#verifyWith(found, token, parts);
    });
  }

  /** The key that a header names, which has to be of the algorithm that the header names too (JW-3). */
  #keyOf({ kid, algorithm }: AccessTokenHeader): VerificationKey | undefined {
    const key = this.keys.verificationKey(kid);
    return key === undefined || key.algorithm === algorithm
      ? key
      : refuse('its key is of another algorithm');
  }

  #verifyWith(key: VerificationKey, token: string, parts: CompactToken): VerifiedAccessToken {
    if (!isCanonicalBase64url(parts.signature)) refuse('its signature is spelt in another way');
    const nowSeconds = this.clock.nowSeconds();
    try {
      this.#verifierOf(key).verify(token, { clockTimestamp: nowSeconds });
    } catch (error) {
      refuse(error);
    }
    const payload = readPayload(parts.payload) ?? refuse('its payload is spelt in another way');
    const { issuer, audience, accessTokens } = this.options;
    const { ttlSeconds, clockToleranceSeconds } = accessTokens;
    const verified =
      readClaims(payload, {
        issuer,
        audience,
        nowSeconds,
        clockToleranceSeconds,
        ttlSeconds,
        keyId: key.kid,
      }) ?? refuse('its claims are not those of a token of ours that is valid now');
    this.cache.remember(token, verified);
    return verified;
  }

  /** One service per key, since a key comes with the one algorithm it may be used with (RFC 8725 §3.1). */
  #verifierOf(key: VerificationKey): JwtService {
    const known = this.#verifiers.get(key);
    if (known !== undefined) return known;
    const { issuer, audience, accessTokens } = this.options;
    const verifier = new JwtService({
      publicKey: key.key,
      verifyOptions: {
        algorithms: [key.algorithm],
        issuer,
        audience,
        clockTolerance: accessTokens.clockToleranceSeconds,
      },
    });
    this.#verifiers.set(key, verifier);
    return verifier;
  }
}

/** Every refusal looks the same from outside; the cause goes to the log only. */
function refuse(cause: unknown): never {
  throw new AuthError('invalid_token', { cause });
}
