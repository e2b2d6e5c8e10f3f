import { Inject, Injectable } from '@nestjs/common';
import { KeyRing } from '../keys/key-ring';
import type { PublicSigningJwk } from '../keys/signing-key';
import { ResolvedAuthOptions } from '../options/auth-options';

/** A JWK Set (RFC 7517 §5). */
export interface JsonWebKeySet {
  readonly keys: readonly PublicSigningJwk[];
}

/** Authorization server metadata (RFC 8414 §2), as far as the server has what it speaks of. */
export interface AuthorizationServerMetadata {
  readonly issuer: string;
  readonly jwks_uri: string;
}

/** Where the JWKS is served, below the issuer. */
export const JWKS_PATH = '.well-known/jwks.json';

/** What other servers need in order to verify our access tokens. */
@Injectable()
export class DiscoveryService {
  constructor(
    private readonly keys: KeyRing,
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
  ) {}

  /** Every key that verifies tokens now, and the next one before its first token. */
  keySet(): JsonWebKeySet {
    return { keys: this.keys.publicKeys() };
  }

  /**
   * There is no authorization endpoint and no token endpoint, so no member names one, and members
   * without an element are left out (RFC 8414 §3.2).
   *
   * `issuer` is the public URL of this API, a path included where a proxy puts it below one. Behind such
   * a proxy, RFC 8414 §3.1 looks for this document at `/.well-known/oauth-authorization-server/<path>`.
   */
  metadata(): AuthorizationServerMetadata {
    const { issuer } = this.options;
    return { issuer, jwks_uri: `${issuer}/${JWKS_PATH}` };
  }
}
