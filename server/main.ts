import 'reflect-metadata';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { ConfigurationError, runMigrations } from '@portcullis/nest';
import { DataSource } from 'typeorm';
import { AppModule } from './app.module';
import { readEnvironment } from './env';
import { ReadinessService } from './health/readiness.service';
import { configureHttp } from './http/configure-http';
import { ServerLogger } from './server-logger';
import { FirstAccounts } from './startup/first-accounts';
import { installLastResort } from './startup/last-resort';
import { Shutdown } from './startup/shutdown';
import { welcome } from './startup/welcome';

async function start(): Promise<void> {
  const environment = readEnvironment();
  const logger = new ServerLogger({ json: environment.isProduction });
  const app = await NestFactory.create<NestExpressApplication>(AppModule, {
    abortOnError: false,
    bodyParser: false,
    logger,
  });
  const server: Server = app.getHttpServer();
  const shutdown = new Shutdown({
    app,
    server,
    drain: () => app.get(ReadinessService, { strict: false }).drain(),
    logger,
    limitSeconds: environment.shutdownSeconds,
  });
  shutdown.listen();
  installLastResort(logger, shutdown);
  configureHttp(app, environment);
  // Modules read their tables when they initialize, which `app.init()` starts.
  for (const name of await runMigrations(app.get(DataSource))) logger.log(`migrated: ${name}`);
  await app.init();
  const accounts = await app.get(FirstAccounts).make();
  await app.listen(environment.port, environment.host);
  const { port } = server.address() as AddressInfo;
  const baseUrl = environment.port === 0 ? `http://localhost:${port}` : environment.publicUrl;
  process.stdout.write(`${welcome(environment, baseUrl, accounts)}\n`);
  process.stdout.write(`portcullis listening on http://127.0.0.1:${port}\n`);
  process.send?.({ port });
}

start().catch((error: unknown) => {
  const isExplained = error instanceof ConfigurationError;
  process.stderr.write(
    `${isExplained ? error.message : ((error as Error).stack ?? String(error))}\n`,
  );
  process.exit(1);
});
