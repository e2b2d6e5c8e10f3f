import 'reflect-metadata';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ConfigurationError, runMigrations } from '@portcullis/nest';
import { DataSource } from 'typeorm';
import { AppModule } from './app.module';
import { dataSourceOptions, ServerDataSource } from './database/server-data-source';
import { readEnvironment, type ServerEnvironment } from './env';
import { ReadinessService } from './health/readiness.service';
import { configureHttp } from './http/configure-http';
import { webFrameworkOf } from './http/web-frameworks';
import { ServerMetrics } from './observability/server-metrics';
import { ServerLogger } from './server-logger';
import { FirstAccounts } from './startup/first-accounts';
import { installLastResort } from './startup/last-resort';
import { startPatiently } from './startup/patience';
import { Shutdown } from './startup/shutdown';
import { welcome } from './startup/welcome';

/** What a failed start has to close: the embedded PostgreSQL would run on. */
let opened: { readonly app: INestApplication; readonly unlisten: () => void } | undefined;

async function main(): Promise<void> {
  const environment = readEnvironment();
  const logger = new ServerLogger({
    json: environment.isProduction,
    level: environment.logLevel,
  });
  await startPatiently({
    start: () => start(environment, logger),
    undo: closeOpened,
    limitSeconds: environment.database.waitSeconds,
    logger,
  });
}

async function start(environment: ServerEnvironment, logger: ServerLogger): Promise<void> {
  // What an application that could not be made has begun, nobody can close.
  await ServerDataSource.probe(dataSourceOptions(environment));
  const app = await NestFactory.create(AppModule, webFrameworkOf(environment).makeAdapter(), {
    abortOnError: false,
    bodyParser: false,
    logger,
  });
  const server = app.getHttpServer() as Server;
  const shutdown = new Shutdown({
    app,
    server,
    drain: () => app.get(ReadinessService, { strict: false }).drain(),
    logger,
    drainSeconds: environment.drainSeconds,
    limitSeconds: environment.shutdownSeconds,
  });
  const ending = [shutdown.listen(), installLastResort(logger, shutdown)];
  opened = { app, unlisten: () => ending.forEach((unlisten) => unlisten()) };
  configureHttp(app, environment);
  // Modules read their tables when they initialize, which `app.init()` starts.
  for (const name of await runMigrations(app.get(DataSource))) logger.log(`migrated: ${name}`);
  await app.init();
  const accounts = await app.get(FirstAccounts).make();
  await app.listen(environment.port, environment.host);
  const metricsUrl = await app.get(ServerMetrics).listen();
  if (metricsUrl !== undefined) logger.log(`metrics on ${metricsUrl}`);
  const { port } = server.address() as AddressInfo;
  const baseUrl = environment.port === 0 ? `http://localhost:${port}` : environment.publicUrl;
  process.stdout.write(`${welcome(environment, baseUrl, accounts)}\n`);
  process.stdout.write(`portcullis listening on http://127.0.0.1:${port}\n`);
  process.send?.({ port });
}

/** Within this time a failed start closes what it opened, or leaves it. */
const CLOSE_LIMIT_MILLISECONDS = 10_000;

async function closeOpened(): Promise<void> {
  const limit = setTimeout(() => process.exit(1), CLOSE_LIMIT_MILLISECONDS);
  try {
    await opened?.app.close();
    opened?.unlisten();
  } catch (closing) {
    process.stderr.write(`${explain(closing)}\n`);
  } finally {
    clearTimeout(limit);
    opened = undefined;
  }
}

async function giveUp(error: unknown): Promise<void> {
  process.stderr.write(`${explain(error)}\n`);
  await closeOpened();
  process.exit(1);
}

function explain(error: unknown): string {
  if (error instanceof ConfigurationError) return error.message;
  const { code, port, stack } = error as NodeJS.ErrnoException & { readonly port?: number };
  if (code === 'EADDRINUSE') return `Port ${port} is taken; set PORT.`;
  return stack ?? String(error);
}

void main().catch(giveUp);
