import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
// Jest's module mapper does not reach this file, and dist may not be built yet.
import { removeDevPostgres, startDevPostgres } from '../../packages/dev-postgres/src/index';
import { makeTemplate } from './template-database';
import { TEST_ENVIRONMENT } from './test-server';

const FOLDER = /^portcullis-test-(\d+)-/;

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return typeof error === 'object' && error !== null && 'code' in error && error.code === 'EPERM';
  }
}

/** A killed run cannot clean up after itself; the next one does. */
async function removeLeftovers(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const pid = FOLDER.exec(name)?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    // Another user's leftovers are not ours to remove.
    await removeDevPostgres(join(tmpdir(), name)).catch(() => undefined);
  }
}

async function ownServer(): Promise<string> {
  await removeLeftovers();
  const dataDirectory = mkdtempSync(join(tmpdir(), `portcullis-test-${process.pid}-`));
  process.env[TEST_ENVIRONMENT.dataDirectory] = dataDirectory;
  const server = await startDevPostgres({ dataDirectory, durability: 'relaxed' });
  return server.connectionUrl();
}

/**
 * One PostgreSQL for the whole run: that of `DATABASE_URL`, whose user must be allowed to create
 * databases, or one of our own in a temporary folder. No @nestjs import may be reached from here.
 */
export default async function globalSetup(): Promise<void> {
  const given = process.env['DATABASE_URL'];
  try {
    const adminUrl = given ? given : await ownServer();
    const prefix = `portcullis_test_${process.pid}_`;
    process.env[TEST_ENVIRONMENT.adminUrl] = adminUrl;
    process.env[TEST_ENVIRONMENT.prefix] = prefix;
    process.env[TEST_ENVIRONMENT.template] = await makeTemplate(adminUrl, prefix);
  } catch (error) {
    const dataDirectory = process.env[TEST_ENVIRONMENT.dataDirectory];
    if (dataDirectory !== undefined) await removeDevPostgres(dataDirectory);
    throw error;
  }
}
