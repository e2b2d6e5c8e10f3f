import { createHash, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { ResolvedAuthOptions } from '../options/auth-options';
import type { ResolvedResourceServer } from '../options/resource-server-options';

interface Known {
  readonly server: ResolvedResourceServer;
  readonly digests: readonly Buffer[];
}

/** Stands in for a client that does not exist, so that its name costs the same comparison. */
const NOBODY: readonly Buffer[] = [digestOf('')];

/** The resource servers of this deployment, known by their secrets. */
@Injectable()
export class ResourceServers {
  readonly #known: ReadonlyMap<string, Known>;

  constructor(@Inject(ResolvedAuthOptions) { resourceServers }: ResolvedAuthOptions) {
    this.#known = new Map(
      resourceServers.map((server) => [
        server.clientId,
        { server, digests: server.secrets.map(digestOf) },
      ]),
    );
  }

  /**
   * The resource server with these credentials, or undefined. Digests are compared, each of them, so
   * that the time tells nothing about a secret, its length or which of them was right.
   */
  find(clientId: string, secret: string): ResolvedResourceServer | undefined {
    const known = this.#known.get(clientId);
    const presented = digestOf(secret);
    let matches = 0;
    for (const digest of known?.digests ?? NOBODY) {
      matches |= timingSafeEqual(presented, digest) ? 1 : 0;
    }
    return matches === 1 ? known?.server : undefined;
  }
}

/** A fast digest is right: the options refuse secrets that could be guessed. */
function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
