import type { INestApplicationContext, Type } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { RouteAudit } from '../access/route-audit';

/** What the helpers need of an application: any that Nest makes. */
export type Application = Pick<INestApplicationContext, 'get' | 'init'>;

/** A provider of the library, from wherever the application has it. */
export function partOf<Part>(app: Application, token: Type<Part> | symbol): Part {
  return app.get<Part>(token, { strict: false });
}

/**
 * Starts the application as far as its providers, if nobody did.
 *
 * @throws Error in production, and where it has no `AuthModule`
 */
export async function startedApplication(app: Application, caller: string): Promise<void> {
  // Whoever calls makes accounts that may do whatever they ask for: in production, a back door.
  if (process.env.NODE_ENV === 'production') {
    throw new Error(
      `${caller}: refused, because NODE_ENV is production; it is for tests and their database`,
    );
  }
  // Nest ends the process when it is asked for a provider that an application does not have.
  const modules = [...partOf(app, ModulesContainer).values()];
  if (!modules.some(({ providers }) => providers.has(RouteAudit))) {
    throw new Error(
      `${caller}: the application does not import AuthModule of this copy of @portcullis/nest`,
    );
  }
  await app.init();
}
