import { createHash, randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { ResolvedAuthOptions } from '../options/auth-options';
import { clientAddress, throttlingSource } from './client-address';
import type { HttpRequest } from './http-request';
import { toPrintable } from './printable';

/** What the rules and the audit know about where a request comes from. @publicApi */
export interface RequestInfo {
  /** The client's address through `proxyHops` proxies, or `unknown` on a socket without addresses. */
  readonly ip: string;
  /** The throttling key of the address: IPv4 whole, IPv6 by /64. */
  readonly source: string;
  /** `User-Agent` without control characters, at most 255 characters (HT-9). */
  readonly userAgent?: string;
  /** SHA-256 of `User-Agent` exactly as sent; of the empty text where it is absent. */
  readonly userAgentDigest: Buffer;
  /** Names this request in logs, audit events and problems; safe to print anywhere. */
  readonly requestId: string;
}

const USER_AGENT_LENGTH = 255;
const REQUEST_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/**
 * Reads a request once; guards, filters and controllers that ask again get the same answer. Ask it for the
 * id that the problem and the audit of a request carry.
 *
 * @publicApi
 */
@Injectable()
export class RequestReader {
  readonly #known = new WeakMap<object, RequestInfo>();
  readonly #proxyHops: number;

  constructor(@Inject(ResolvedAuthOptions) options: ResolvedAuthOptions) {
    this.#proxyHops = options.proxyHops;
  }

  read(request: HttpRequest): RequestInfo {
    const key = rawRequest(request);
    let info = this.#known.get(key);
    if (info === undefined) {
      info = this.#read(request);
      this.#known.set(key, info);
    }
    return info;
  }

  #read(request: HttpRequest): RequestInfo {
    const ip = clientAddress(request, this.#proxyHops);
    const userAgent = request.headers['user-agent'];
    return {
      ip,
      source: throttlingSource(ip),
      userAgent: userAgent === undefined ? undefined : toPrintable(userAgent, USER_AGENT_LENGTH),
      userAgentDigest: createHash('sha256')
        .update(userAgent ?? '')
        .digest(),
      requestId: this.#requestId(request.headers['x-request-id']),
    };
  }

  /** Only our own proxy may name a request; a client's name could be another request's. */
  #requestId(given: string | string[] | undefined): string {
    const trusted = this.#proxyHops > 0 && typeof given === 'string' && REQUEST_ID.test(given);
    return trusted ? given : randomUUID();
  }
}

/** Fastify wraps Node's request, and its middleware sees only the inside: both are one request. */
function rawRequest(request: HttpRequest): object {
  const raw = 'raw' in request ? request.raw : undefined;
  return typeof raw === 'object' && raw !== null ? raw : request;
}
