import { Inject, Injectable } from '@nestjs/common';
import { AuthorityService } from '../access/authority.service';
import { ResolvedAuthOptions } from '../options/auth-options';
import { SessionChoices } from '../sessions/session-choices';
import type { VerifiedAccessToken } from '../tokens/verified-access-token';
import type { IntrospectionAnswer } from './introspection.dto';
import { LiveAccessTokens } from './live-access-tokens';
import type { IntrospectionRequest } from './token-caller';

/** Says nothing about why (RFC 7662 §2.2). */
const INACTIVE: IntrospectionAnswer = Object.freeze({ active: false });

/**
 * Answers whether a token counts at this moment (RFC 7662), from memory: a revocation on any instance
 * is known within a second. Only access tokens are ever active: a refresh token is between its client
 * and us.
 */
@Injectable()
export class IntrospectionService {
  constructor(
    private readonly live: LiveAccessTokens,
    private readonly choices: SessionChoices,
    private readonly authorities: AuthorityService,
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
  ) {}

  /** @throws AuthError `authority_stale` rather than guess, `database_unavailable` */
  async introspect({ token, caller }: IntrospectionRequest): Promise<IntrospectionAnswer> {
    const verified = await this.live.find(token);
    if (verified === undefined || !this.#isFor(verified, caller)) return INACTIVE;
    const showsPermissions = caller.kind === 'resource_server' && caller.server.permissions;
    return this.#describe(
      verified,
      showsPermissions ? await this.#permissionsOf(verified) : undefined,
    );
  }

  /** RFC 7662 §4: of a token that is meant for others a caller learns nothing (RT-12). */
  #isFor({ tenantId }: VerifiedAccessToken, caller: IntrospectionRequest['caller']): boolean {
    return caller.kind === 'resource_server'
      ? caller.server.audience === this.options.audience
      : caller.tenantId === undefined || caller.tenantId === tenantId;
  }

  #describe(verified: VerifiedAccessToken, permissions?: readonly string[]): IntrospectionAnswer {
    const { issuer, audience } = this.options;
    return {
      active: true,
      iss: issuer,
      aud: audience,
      sub: verified.accountId,
      client_id: verified.clientId,
      token_type: 'Bearer',
      exp: verified.expiresAt,
      iat: verified.issuedAt,
      jti: verified.tokenId,
      sid: verified.sessionId,
      tid: verified.tenantId,
      auth_time: verified.authTime,
      amr: verified.amr,
      permissions,
    };
  }

  async #permissionsOf(verified: VerifiedAccessToken): Promise<readonly string[]> {
    const { accountId, tenantId, activation } = await this.choices.principalOf(verified);
    return (await this.authorities.of(accountId, tenantId, activation)).permissions;
  }
}
