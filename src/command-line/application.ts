import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import type { DynamicModule, INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { DataSource } from 'typeorm';
import { Database } from '../database/database';
import { UsageError } from './usage-error';

type ApplicationModule = Type | DynamicModule;

/** Which application a command works on. */
export interface ApplicationSource {
  /** `file#Export`, relative to `directory`. When left out, package.json names it. */
  readonly app?: string;
  readonly directory: string;
}

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

/**
 * Starts the application only as far as its DataSource. Its modules would read tables that need not
 * exist yet when they initialize, so the boot is left waiting there for good.
 *
 * @throws UsageError when there is no such application, and whatever its start or `work` throws
 */
export async function withDataSource<Result>(
  source: ApplicationSource,
  work: (dataSource: DataSource) => Promise<Result>,
): Promise<Result> {
  const module = loadModule(source);
  const dataSource = await new Promise<DataSource>((found, failed) => {
    const halted = {
      provide: Symbol('halted'),
      inject: [Database],
      useFactory: (database: Database) => {
        found(database.dataSource);
        return new Promise<never>(() => undefined);
      },
    };
    NestFactory.createApplicationContext(
      { module: HaltedApplication, imports: [module], providers: [halted] },
      { abortOnError: false, logger: false },
    ).catch(failed);
  });
  try {
    return await work(dataSource);
  } finally {
    await dataSource.destroy();
  }
}

class HaltedApplication {}

function loadModule(source: ApplicationSource): ApplicationModule {
  const { path, name } = locate(source);
  if (!existsSync(path)) throw new UsageError(`${path} does not exist; is the application built?`);
  // Loads ES modules too (Node 20.19 and later).
  const exported = (createRequire(path)(path) as Record<string, unknown>)[name];
  if (isModule(exported)) return exported;
  throw new UsageError(`${path} does not export a Nest module named ${name}.`);
}

function isModule(value: unknown): value is ApplicationModule {
  return typeof value === 'function' || (typeof value === 'object' && value !== null);
}

function locate({ app, directory }: ApplicationSource) {
  const named = app === undefined ? fromPackage(directory) : { base: directory, app };
  const [file = '', name = '', ...rest] = named.app.split('#');
  if (file === '' || name === '' || rest.length > 0) {
    throw new UsageError(
      `"${named.app}" is not of the form file#Export, for example dist/app.module.js#AppModule.`,
    );
  }
  return { path: resolve(named.base, file), name };
}

/** Of the nearest package.json upwards that names an application. */
function fromPackage(start: string): { readonly base: string; readonly app: string } {
  for (let base = resolve(start); ; base = dirname(base)) {
    const app = appOf(join(base, 'package.json'));
    if (app !== undefined) return { base, app };
    if (dirname(base) === base) break;
  }
  throw new UsageError(
    'Name the application: --app file#Export, or {"portcullis":{"app":"file#Export"}} in package.json.',
  );
}

function appOf(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  const found = JSON.parse(readFileSync(path, 'utf8')) as { portcullis?: { app?: unknown } } | null;
  const app = found?.portcullis?.app;
  return typeof app === 'string' ? app : undefined;
}
