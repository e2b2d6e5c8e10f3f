import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { DataSource } from 'typeorm';
import { Database } from '../database/database';
import { ResolvedAuthOptions } from '../options/auth-options';
import { StructuralAuthOptions } from '../options/structural-options';
import { loadModule, type ApplicationSource } from './application-source';

/**
 * Starts the application without its server, lets `work` use its services, and closes it again.
 *
 * @throws UsageError when there is no such application, and whatever its start or `work` throws
 */
export async function withApplication<Result>(
  source: ApplicationSource,
  work: (app: INestApplicationContext) => Promise<Result>,
): Promise<Result> {
  const app = await NestFactory.createApplicationContext(loadModule(source), {
    abortOnError: false,
    logger: ['error', 'fatal'],
  });
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}

/** What exists of an application that is halted in the middle of its start. */
export interface HaltedParts {
  readonly database: Database;
  readonly options: ResolvedAuthOptions;
  readonly structure: StructuralAuthOptions;
}

/**
 * Starts the application only as far as its options and its DataSource. Its modules would read tables
 * that need not exist yet when they initialize, so the boot is left waiting there for good.
 *
 * @throws UsageError when there is no such application, and whatever its start or `work` throws
 */
export async function withHaltedApplication<Result>(
  source: ApplicationSource,
  work: (parts: HaltedParts) => Promise<Result>,
): Promise<Result> {
  const module = loadModule(source);
  const parts = await new Promise<HaltedParts>((found, failed) => {
    const halted = {
      provide: Symbol('halted'),
      inject: [Database, ResolvedAuthOptions, StructuralAuthOptions],
      useFactory: (
        database: Database,
        options: ResolvedAuthOptions,
        structure: StructuralAuthOptions,
      ) => {
        found({ database, options, structure });
        return new Promise<never>(() => undefined);
      },
    };
    NestFactory.createApplicationContext(
      { module: HaltedApplication, imports: [module], providers: [halted] },
      { abortOnError: false, logger: false },
    ).catch(failed);
  });
  try {
    return await work(parts);
  } finally {
    await parts.database.dataSource.destroy();
  }
}

/** The same for work that needs the DataSource alone. */
export function withDataSource<Result>(
  source: ApplicationSource,
  work: (dataSource: DataSource) => Promise<Result>,
): Promise<Result> {
  return withHaltedApplication(source, ({ database }) => work(database.dataSource));
}

class HaltedApplication {}
