import type { AbstractHttpAdapter } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';

/** What the suites over HTTP run on: Express, or what `ADAPTER` says. */
const WEB_FRAMEWORK = process.env.ADAPTER === 'fastify' ? 'fastify' : 'express';

/** As an application makes it that knows nothing of our own settings. */
export function plainAdapter(): AbstractHttpAdapter {
  return WEB_FRAMEWORK === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
}

/** A plain Fastify refuses a long part of a path before it looks for its route. */
export function statusOfUnknown(id: string): 404 | 414 {
  return WEB_FRAMEWORK === 'fastify' && id.length > 100 ? 414 : 404;
}

/** A plain Express tags its answers, and says "not modified" where a plain Fastify answers again. */
export function statusOfUnchanged(): 200 | 304 {
  return WEB_FRAMEWORK === 'fastify' ? 200 : 304;
}
