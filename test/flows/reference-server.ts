import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  AccountCreation,
  AssignmentsService,
  runMigrations,
  type RoleName,
} from '@portcullis/nest';
import { DataSource } from 'typeorm';
import { AppModule } from '../../server/app.module';
import { readEnvironment } from '../../server/env';
import { configureHttp } from '../../server/http/configure-http';
import { webFrameworkOf } from '../../server/http/web-frameworks';
import { emptyDatabase } from '../support/database';

export const PASSWORD = 'a long and unlikely pass phrase 7';

/** The reference server in this process, with a database of its own. */
export interface ReferenceServer {
  readonly app: INestApplication;
  readonly url: string;
  /** Makes an account and signs it in; the answer is the value of `authorization`. */
  signIn(email: string, ...roles: RoleName[]): Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts it as `server/main.ts` does, with what the environment adds or overrides; on Fastify where
 * `ADAPTER` says so.
 */
export async function startReferenceServer(
  variables: Record<string, string> = {},
): Promise<ReferenceServer> {
  const database = await emptyDatabase();
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-reference-'));
  Object.assign(process.env, {
    NODE_ENV: 'test',
    PORT: '0',
    PUBLIC_URL: 'http://localhost:3000',
    DATABASE_URL: database.url,
    PORTCULLIS_DATA_DIRECTORY: directory,
    BCRYPT_COST: '10',
    ...variables,
  });
  const environment = readEnvironment();
  const app = await NestFactory.create(AppModule, webFrameworkOf(environment).makeAdapter(), {
    abortOnError: false,
    bodyParser: false,
    logger: false,
  });
  configureHttp(app, environment);
  await runMigrations(app.get(DataSource));
  await app.listen(0, '127.0.0.1');
  const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
  const url = `http://127.0.0.1:${port}`;
  return {
    app,
    url,
    async signIn(email, ...roles) {
      const { id } = await app
        .get(AccountCreation, { strict: false })
        .create({ email, password: PASSWORD, emailVerified: true });
      const assignments = app.get(AssignmentsService, { strict: false });
      for (const role of roles) await assignments.assign({ accountId: id, role });
      const answer = await fetch(`${url}/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email, password: PASSWORD, transport: 'body' }),
      });
      const { access_token: token } = (await answer.json()) as { access_token: string };
      return `Bearer ${token}`;
    },
    async stop() {
      await app.close();
      await database.drop();
      rmSync(directory, { recursive: true });
    },
  };
}
