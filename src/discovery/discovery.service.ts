import { Inject, Injectable } from '@nestjs/common';
import { KeyRing } from '../keys/key-ring';
import type { PublicSigningJwk } from '../keys/signing-key';
import { AuthError } from '../errors/auth-error';
import { ResolvedAuthOptions } from '../options/auth-options';
import { DEFAULT_PREFIX, StructuralAuthOptions } from '../options/structural-options';

/** A JWK Set (RFC 7517 §5). */
export interface JsonWebKeySet {
  readonly keys: readonly PublicSigningJwk[];
}

/** Authorization server metadata (RFC 8414 §2), as far as the server has what it speaks of. */
export interface AuthorizationServerMetadata {
  readonly issuer: string;
  readonly jwks_uri: string;
  readonly introspection_endpoint: string;
  /** Methods of clients, and `Bearer`: RFC 8414 §2 takes both of their registries. */
  readonly introspection_endpoint_auth_methods_supported: readonly string[];
  readonly revocation_endpoint: string;
  readonly revocation_endpoint_auth_methods_supported: readonly string[];
}

/** Where the JWKS is served, below the issuer. */
export const JWKS_PATH = '.well-known/jwks.json';

/** Where the metadata is served, below the host (RFC 8414 §3). */
export const METADATA_PATH = '.well-known/oauth-authorization-server';

/** What other servers need in order to verify our access tokens. */
@Injectable()
export class DiscoveryService {
  constructor(
    private readonly keys: KeyRing,
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
    @Inject(StructuralAuthOptions) private readonly structure: StructuralAuthOptions,
  ) {}

  /** Every key that verifies tokens now, and the next one before its first token. */
  keySet(): JsonWebKeySet {
    return { keys: this.keys.publicKeys() };
  }

  /**
   * There is no authorization endpoint and no token endpoint, so no member names one, and the members
   * that would list their response and grant types are left out: they have no element (RFC 8414 §3.2).
   *
   * `issuer` is the public URL of this API, a path included where a proxy puts it below one.
   */
  metadata(): AuthorizationServerMetadata {
    const { issuer, resourceServers } = this.options;
    const routes = `${issuer}/${this.structure.prefix ?? DEFAULT_PREFIX}`;
    const bySecret =
      resourceServers.length === 0 ? [] : ['client_secret_basic', 'client_secret_post'];
    return {
      issuer,
      jwks_uri: `${issuer}/${JWKS_PATH}`,
      introspection_endpoint: `${routes}/introspect`,
      introspection_endpoint_auth_methods_supported: [...bySecret, 'Bearer'],
      revocation_endpoint: `${routes}/revoke`,
      revocation_endpoint_auth_methods_supported: ['none', ...bySecret],
    };
  }

  /**
   * The same document where RFC 8414 §3.1 puts it for an issuer with a path: behind the well-known
   * segment, so that a proxy may hand the URL on as it is.
   *
   * @throws AuthError `not_found` for the URL of any other issuer
   */
  metadataBelow(url: string): AuthorizationServerMetadata {
    const { pathname } = new URL(this.options.issuer);
    const [path = ''] = url.split('?');
    if (pathname === '/' || !path.endsWith(`/${METADATA_PATH}${pathname}`)) {
      throw new AuthError('not_found');
    }
    return this.metadata();
  }
}
