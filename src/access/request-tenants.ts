import { Inject, Injectable, type ExecutionContext } from '@nestjs/common';
import { AuthError } from '../errors/auth-error';
import { ResolvedAuthOptions } from '../options/auth-options';
import { isOwnController } from '../requests/auth-controller.decorator';
import { httpRequestOf } from '../requests/execution';
import type { HttpRequest } from '../requests/http-request';
import type { Principal } from '../route-access/principal';
import type { Tenant } from '../tenants/tenant';
import { TenantDirectory } from '../tenants/tenant-directory';

/**
 * In which tenant a request acts: the one it names where `tenancy.source` says, or else the one that
 * its session is bound to. Nothing else in a request can name one (AD-10).
 */
@Injectable()
export class RequestTenants {
  constructor(
    private readonly directory: TenantDirectory,
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
  ) {}

  /**
   * The id of the tenant, or undefined where only what is assigned everywhere counts. A promise only
   * where the registry has to be asked.
   *
   * Whether the account has any part in the tenant is for the caller to find out: that takes its
   * authority there.
   *
   * @throws AuthError `not_found` for a tenant that does not exist, is disabled, or is not the one the
   * session is bound to; `tenant_required`
   */
  of(
    context: ExecutionContext,
    { tenantId: bound }: Principal,
  ): string | undefined | Promise<string | undefined> {
    const named = this.#namedBy(httpRequestOf(context)) ?? bound;
    if (named === undefined) {
      this.#assertOptional(context);
      return undefined;
    }
    const tenant = this.directory.find(named);
    return tenant instanceof Promise
      ? tenant.then((found) => admitted(found, bound))
      : admitted(tenant, bound);
  }

  /** Whether the request itself names a tenant, and not only its session. */
  isNamed(context: ExecutionContext): boolean {
    return this.#namedBy(httpRequestOf(context)) !== undefined;
  }

  #assertOptional(context: ExecutionContext): void {
    if (this.options.tenancy.required && !isOwnController(context.getClass())) {
      throw new AuthError('tenant_required');
    }
  }

  #namedBy(request: HttpRequest | undefined): string | undefined {
    if (request === undefined) return undefined;
    const { source, header, domain = '', parameter } = this.options.tenancy;
    switch (source) {
      case 'claim':
        return undefined;
      case 'header':
        return textOf(request.headers[header]);
      case 'subdomain':
        return labelBefore(domain, request.headers.host);
      case 'path':
        return textOf((request as { params?: Record<string, unknown> }).params?.[parameter]);
    }
  }
}

function admitted(tenant: Tenant | undefined, bound: string | undefined): string {
  if (tenant === undefined || (bound !== undefined && tenant.id !== bound)) {
    throw new AuthError('not_found');
  }
  return tenant.id;
}

/** A header that is sent twice names no tenant that exists, rather than the first or the last of them. */
function textOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'string' ? value : '';
}

/** `acme` of `acme.app.example.org`. The domain itself and other hosts name none. */
function labelBefore(domain: string, host: string | undefined): string | undefined {
  // A port, or the dot of the root, makes no other host of it.
  const [, plain] = /^(.*?)\.?(?::\d+)?$/.exec(host?.toLowerCase() ?? '') ?? [];
  const name = domain.includes(':') ? host?.toLowerCase() : plain;
  if (name === undefined || !name.endsWith(`.${domain}`)) return undefined;
  return name.slice(0, -domain.length - 1);
}
