import { randomBytes } from 'node:crypto';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { WsAdapter } from '@nestjs/platform-ws';
import { guardWebSockets } from '@portcullis/nest';
import { AppModule } from './app.module';
import { makeDemoAccounts, type DemoAccount } from './demo-accounts';

/** The example, listening on the loopback. */
export interface RunningExample {
  readonly app: INestApplication;
  readonly accounts: readonly DemoAccount[];
}

/**
 * Starts the example on an empty database.
 *
 * @param port TCP port; 0 lets the operating system choose
 */
export async function startExample(databaseUrl: string, port: number): Promise<RunningExample> {
  const app = await NestFactory.create(
    AppModule.with({
      databaseUrl,
      auth: {
        issuer: `http://localhost:${port}`,
        // They live as long as this process, as its database does.
        secrets: [randomSecret()],
        passwordPeppers: [{ version: 1, secret: randomSecret() }],
        // Every order belongs to a tenant: the one that the session chose.
        tenancy: { source: 'claim', required: true },
      },
    }),
    { logger: ['error', 'warn'], abortOnError: false },
  );
  try {
    // The one line that gateways need; without it the application does not start.
    app.useWebSocketAdapter(guardWebSockets(app, new WsAdapter(app)));
    await app.init();
    const accounts = await makeDemoAccounts(app);
    await app.listen(port, '127.0.0.1');
    return { app, accounts };
  } catch (error) {
    await app.close();
    throw error;
  }
}

function randomSecret(): string {
  return randomBytes(48).toString('base64url');
}
