import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { DataSource } from 'typeorm';
import { Database } from '../database/database';
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
