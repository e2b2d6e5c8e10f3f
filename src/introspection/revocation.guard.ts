import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { ResolvedAuthOptions } from '../options/auth-options';
import type { HttpRequest } from '../requests/http-request';
import { authorizationOf } from '../tokens/bearer-token';
import { clientCredentialsOf, invalidClient } from './client-credentials';
import { setTokenRequest, type RevocationRequest } from './token-caller';
import { TokenClients } from './token-clients';

/**
 * Admits whoever may end the session of a token (RFC 7009 §2.1): the client that our tokens are issued
 * to, which names itself and holds the token, or a resource server by its secret.
 */
@Injectable()
export class RevocationGuard implements CanActivate {
  constructor(
    private readonly clients: TokenClients,
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
  ) {}

  /**
   * @throws AuthError `invalid_client`, `ambiguous_credentials`, `throttled`, and what is wrong with
   * the form
   */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<HttpRequest>();
    const form = await this.clients.readForm(request);
    const credentials = clientCredentialsOf(authorizationOf(request), form);
    if (credentials === undefined) throw invalidClient();
    const { clientId, secret } = credentials;
    const isHolder = clientId === this.options.clientId && secret === undefined;
    const caller: RevocationRequest['caller'] = isHolder
      ? { kind: 'holder', clientId }
      : this.clients.authenticate(credentials, request);
    setTokenRequest(request, { token: this.clients.tokenIn(form), caller });
    return true;
  }
}
