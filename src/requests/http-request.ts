import type { IncomingHttpHeaders } from 'node:http';

/** What the HTTP adapters have in common: an Express request and a Fastify request both fit. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body?: unknown;
  readonly socket?: { readonly remoteAddress?: string };
}

/** The part of an Express response and of a Fastify reply that we write to. */
export interface HttpResponse {
  header(name: string, value: string | string[]): unknown;
}

/** A response whose headers can be read back before they are sent; both adapters offer it. */
export interface ReadableHttpResponse extends HttpResponse {
  getHeader(name: string): number | string | readonly string[] | undefined;
  removeHeader(name: string): unknown;
}
