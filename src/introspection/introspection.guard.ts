import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { AuthorityService } from '../access/authority.service';
import { RequestTenants } from '../access/request-tenants';
import { AuthError } from '../errors/auth-error';
import { INSUFFICIENT_SCOPE_CHALLENGE } from '../errors/bearer-challenges';
import type { HttpRequest } from '../requests/http-request';
import type { LibraryPermission } from '../route-access/library-permissions';
import { SessionChoices } from '../sessions/session-choices';
import { authorizationOf, bearerTokenIn } from '../tokens/bearer-token';
import { clientCredentialsOf, invalidClient } from './client-credentials';
import { LiveAccessTokens } from './live-access-tokens';
import { setTokenRequest, type AccountCaller, type IntrospectionRequest } from './token-caller';
import { TokenClients } from './token-clients';

const MAY_INTROSPECT = 'auth.tokens:introspect' satisfies LibraryPermission;

/**
 * Admits whoever may ask about tokens (RFC 7662 §2.1): a resource server by its secret, or an account
 * by an access token that counts and the permission `auth.tokens:introspect`.
 */
@Injectable()
export class IntrospectionGuard implements CanActivate {
  constructor(
    private readonly clients: TokenClients,
    private readonly live: LiveAccessTokens,
    private readonly choices: SessionChoices,
    private readonly tenants: RequestTenants,
    private readonly authorities: AuthorityService,
  ) {}

  /**
   * @throws AuthError `invalid_client`, `invalid_token`, `forbidden`, `ambiguous_credentials`,
   * `throttled`, `authority_stale`, `database_unavailable`, `not_found` for a tenant, and what is wrong
   * with the form
   */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<HttpRequest>();
    const form = await this.clients.readForm(request);
    const authorization = authorizationOf(request);
    let caller: IntrospectionRequest['caller'];
    if (authorization !== undefined && /^bearer /i.test(authorization)) {
      if (form.has('client_id') || form.has('client_secret')) {
        throw new AuthError('ambiguous_credentials');
      }
      caller = await this.#account(bearerTokenIn(authorization), context);
    } else {
      const credentials = clientCredentialsOf(authorization, form);
      if (credentials === undefined) throw invalidClient();
      caller = this.clients.authenticate(credentials, request);
    }
    setTokenRequest(request, { token: this.clients.tokenIn(form), caller });
    return true;
  }

  async #account(token: string, context: ExecutionContext): Promise<AccountCaller> {
    const verified = await this.live.find(token);
    if (verified === undefined) throw new AuthError('invalid_token');
    const principal = await this.choices.principalOf(verified);
    const tenantId = await this.tenants.of(context, principal);
    const { accountId, activation } = principal;
    const authority = await this.authorities.of(accountId, tenantId, activation);
    if (tenantId !== undefined && authority.heldRoles.length === 0) {
      throw new AuthError('not_found');
    }
    if (!authority.has(MAY_INTROSPECT)) {
      throw new AuthError('forbidden', { challenge: INSUFFICIENT_SCOPE_CHALLENGE });
    }
    return { kind: 'account', tenantId };
  }
}
