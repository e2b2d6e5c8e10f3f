import { Injectable } from '@nestjs/common';
import { AuthorityService } from '../access/authority.service';
import { SeparationService } from '../access/separation.service';
import { Clock } from '../clock/clock';
import { AuthError } from '../errors/auth-error';
import type { HttpRequest } from '../requests/http-request';
import { RequestReader } from '../requests/request-info';
import type { Principal } from '../route-access/principal';
import { presentedDigestOf } from '../sessions/identified-session';
import { SecretIds } from '../sessions/secret-ids';
import { SessionChoices } from '../sessions/session-choices';
import type { NewSessionChoice } from '../sessions/session-choice';
import { TenantDirectory } from '../tenants/tenant-directory';
import { AccessTokens } from '../tokens/access-tokens';
import { bearerTokenOf } from '../tokens/bearer-token';
import type { VerifiedAccessToken } from '../tokens/verified-access-token';
import { VerifiedTokenCache } from '../tokens/verified-token-cache';
import type { IssuedSession } from './issued-session';
import { SessionIssuer } from './session-issuer.service';

/**
 * What a session chooses: which of its roles are active (dynamic separation of duty, INCITS 359 §6.4),
 * and in which tenant it acts. Either makes its older credential worthless, so the answer brings a new one:
 * an access token, good for no longer than the one before, while the refresh token stays, or a new secret id.
 */
@Injectable()
export class SessionChoiceService {
  constructor(
    private readonly choices: SessionChoices,
    private readonly authorities: AuthorityService,
    private readonly separation: SeparationService,
    private readonly tenants: TenantDirectory,
    private readonly issuer: SessionIssuer,
    private readonly requests: RequestReader,
    private readonly secretIds: SecretIds,
    private readonly accessTokens: AccessTokens,
    private readonly verified: VerifiedTokenCache,
    private readonly clock: Clock,
  ) {}

  /**
   * Activates some of the roles that the account holds; the others rest until the session chooses again.
   *
   * @throws AuthError `validation_failed` for a role that is not held, `separation_of_duty` for roles
   * that one session never has active together, `session_revoked`
   */
  async activateRoles(
    { accountId, sessionId, tenantId }: Principal,
    active: readonly string[] | null,
    request: HttpRequest,
  ): Promise<IssuedSession> {
    const activeRoleIds = active === null ? null : await this.#idsOf(active, accountId, tenantId);
    return this.#choose({ accountId, sessionId, activeRoleIds }, request);
  }

  /**
   * Binds the session to a tenant in which the account holds a role, or to none. Every role it holds
   * there is active.
   *
   * @throws AuthError `not_found` also for a tenant that the account has no part in, `session_revoked`
   */
  async selectTenant(
    { accountId, sessionId }: Principal,
    reference: string | null,
    request: HttpRequest,
  ): Promise<IssuedSession> {
    const tenantId = reference === null ? null : await this.#ownTenant(accountId, reference);
    return this.#choose({ accountId, sessionId, activeRoleIds: null, tenantId }, request);
  }

  async #idsOf(
    names: readonly string[],
    accountId: string,
    tenantId: string | undefined,
  ): Promise<readonly string[]> {
    const { heldRoles } = await this.authorities.of(accountId, tenantId);
    const unheld = names.findIndex((name) => heldRoles.every((role) => role.name !== name));
    if (unheld !== -1) {
      const field = `active.${unheld}`;
      throw new AuthError('validation_failed', {
        errors: [{ field, message: 'must name a role that you hold' }],
      });
    }
    const chosen = heldRoles.filter(({ name }) => names.includes(name)).map(({ id }) => id);
    await this.separation.assertActivation(chosen, tenantId);
    return chosen.sort();
  }

  async #ownTenant(accountId: string, reference: string): Promise<string> {
    const tenant = await this.tenants.find(reference);
    const authority = tenant && (await this.authorities.of(accountId, tenant.id));
    if (tenant === undefined || authority?.heldRoles.length === 0) throw new AuthError('not_found');
    return tenant.id;
  }

  /** @throws AuthError `invalid_token` also for one that only the tolerance of clocks still lets in */
  async #presentedToken(request: HttpRequest): Promise<VerifiedAccessToken> {
    const token = bearerTokenOf(request);
    if (token === undefined) throw new AuthError('unauthenticated');
    const verified = this.verified.get(token) ?? (await this.accessTokens.verify(token));
    if (verified.expiresAt <= this.clock.nowSeconds()) throw new AuthError('invalid_token');
    return verified;
  }

  async #choose(choice: NewSessionChoice, request: HttpRequest): Promise<IssuedSession> {
    const origin = this.requests.read(request);
    const presented = presentedDigestOf(request);
    if (presented === undefined) {
      const bounds = await this.#presentedToken(request);
      return this.issuer.issueAccessToken(await this.choices.choose({ ...choice, origin }), bounds);
    }
    const made = this.secretIds.make();
    const renewal = { ...made, presented, converges: true };
    const session = await this.choices.choose({ ...choice, renewal, origin });
    return this.issuer.issueSecretId({ session, secretId: made.id });
  }
}
