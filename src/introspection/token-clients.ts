import { Inject, Injectable } from '@nestjs/common';
import { AuthError } from '../errors/auth-error';
import { ResolvedAuthOptions } from '../options/auth-options';
import type { FormParameters } from '../requests/form-body';
import { readForm } from '../requests/form-body';
import type { HttpRequest } from '../requests/http-request';
import { refusePresentForeignOrigin } from '../requests/request-forgery';
import { RequestReader } from '../requests/request-info';
import { ClientFailures } from './client-failures';
import { invalidClient, type ClientCredentials } from './client-credentials';
import { ResourceServers } from './resource-servers';
import type { ResourceServerCaller } from './token-caller';

/** What both token endpoints ask of their requests. */
@Injectable()
export class TokenClients {
  constructor(
    private readonly servers: ResourceServers,
    private readonly failures: ClientFailures,
    private readonly requests: RequestReader,
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
  ) {}

  /**
   * The form of a request. No cookie authenticates it, so a foreign page gains nothing by sending one;
   * it is refused all the same.
   *
   * @throws AuthError `origin_refused`, `unsupported_media_type`, `payload_too_large`,
   * `validation_failed`
   */
  readForm(request: HttpRequest): Promise<FormParameters> {
    refusePresentForeignOrigin(request, this.options.origins);
    return readForm(request);
  }

  /** @throws AuthError `validation_failed` where the form has no token */
  tokenIn(form: FormParameters): string {
    const token = form.get('token');
    if (token !== undefined) return token;
    throw new AuthError('validation_failed', { detail: 'token is required' });
  }

  /** @throws AuthError `invalid_client`, `throttled` */
  authenticate(
    { clientId, secret }: ClientCredentials,
    request: HttpRequest,
  ): ResourceServerCaller {
    const origin = this.requests.read(request);
    this.failures.assertFew(origin);
    const server = secret === undefined ? undefined : this.servers.find(clientId, secret);
    if (server !== undefined) return { kind: 'resource_server', server };
    this.failures.record(clientId, origin);
    throw invalidClient();
  }
}
