import type { LoggerService } from '@nestjs/common';
import type { StructuralAuthOptions } from '../../src/options/structural-options';
import { startAuthApp, type AuthApp } from '../support/auth-app';

const apps: AuthApp[] = [];

async function warningsOf(
  options: object,
  structure: Partial<StructuralAuthOptions> = {},
): Promise<string[]> {
  const warnings: string[] = [];
  const silent = () => undefined;
  const logger: LoggerService = {
    log: silent,
    error: silent,
    warn: (message: string) => void warnings.push(message),
  };
  apps.push(await startAuthApp({ options, structure, logger }));
  return warnings.filter((line) => line.includes('Remedy'));
}

afterAll(async () => {
  for (const app of apps) await app.close();
});

describe('the check of the settings for browsers', () => {
  it('the boot warns once of each contradiction, and names the remedy', async () => {
    const warnings = await warningsOf({
      origins: ['https://app.example.com', 'http://app.example.org'],
    });
    expect(warnings).toEqual([
      expect.stringMatching(/app\.example\.com, another site.*Remedy: .*one domain/),
      expect.stringMatching(/http:\/\/app\.example\.org.*Remedy: .*https:\/\/app\.example\.org/),
    ]);
  });

  it('the boot warns where forms are on and would all be refused', async () => {
    const origins = ['https://app.example.org'];
    const forms = { loginPage: '/login', homePage: '/' };
    expect(await warningsOf({ origins }, { forms })).toEqual([
      expect.stringMatching(/forms are on.*Remedy: add https:\/\/api\.example\.org to origins/),
    ]);
    expect(await warningsOf({}, { forms })).toEqual([]);
  });

  it('the boot is silent where the settings agree', async () => {
    expect(await warningsOf({ origins: ['https://app.example.org'] })).toEqual([]);
  });
});
