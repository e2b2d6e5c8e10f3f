import type { ServerResponse } from 'node:http';
import type { ReadableHttpResponse } from './http-request';
import { forbidStoring } from './no-store.interceptor';

const NO_STORE = 'no-store';

type WriteHead = (status: number, ...rest: unknown[]) => ServerResponse;

/**
 * Keeps an answer out of caches whatever its handler says of it later: it brings somebody a credential,
 * which a cache would hand to everybody (SS-11). Only the moment in which headers are sent comes after
 * every handler, on Express and on Fastify.
 */
export function forbidStoringForGood(response: ReadableHttpResponse): void {
  forbidStoring(response);
  const raw = nodeResponseOf(response);
  const writeHead = raw.writeHead.bind(raw) as WriteHead;
  const writeUncached: WriteHead = (status, ...rest) => {
    raw.setHeader('cache-control', NO_STORE);
    return writeHead(status, ...rest.map(uncached));
  };
  raw.writeHead = writeUncached;
}

/** Headers that are handed to `writeHead`, as Fastify does, stand over those that were set before. */
function uncached(given: unknown): unknown {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given;
  const others = Object.entries(given).filter(([name]) => name.toLowerCase() !== 'cache-control');
  return { ...Object.fromEntries(others), 'cache-control': NO_STORE };
}

function nodeResponseOf(response: ReadableHttpResponse): ServerResponse {
  const raw = 'raw' in response ? response.raw : response;
  return raw as ServerResponse;
}
