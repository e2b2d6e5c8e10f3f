import { AssertionError } from 'node:assert';
import { Logger } from '@nestjs/common';
import { RouteAudit } from '../../src/access/route-audit';
import { accessConformance, type ConformanceHost } from '../../src/testing/testing';
import { cloneDatabase, type TestDatabase } from '../support/database';
import {
  ignoresTheClass,
  ignoresTheMethod,
  letsEmptyListsPass,
  letsMethodsReplaceClasses,
} from './broken-guards';
import { httpHost, rpcHost, type HostSettings } from './conformance-hosts';

let database: TestDatabase;

beforeAll(async () => {
  database = await cloneDatabase();
});

beforeEach(() => {
  jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
});

afterEach(() => jest.restoreAllMocks());

afterAll(() => database.drop());

function broken(override: HostSettings['override']): HostSettings {
  return { database: () => database, override };
}

/** The titles of the cases that failed, and what they said. */
async function failuresOf(host: ConformanceHost): Promise<Map<string, string>> {
  const failures = new Map<string, string>();
  for (const { name, run } of accessConformance(host)) {
    await run().catch((error: unknown) => {
      if (!(error instanceof AssertionError)) throw error;
      failures.set(name.slice(host.name.length + 2), error.message);
    });
  }
  return failures;
}

const titles = (failures: Map<string, string>) => [...failures.keys()];

describe('the conformance suite', () => {
  it.each([
    ['HTTP', (settings: HostSettings) => httpHost('fastify', settings)],
    ['RPC', rpcHost],
  ])(
    'fails for a guard that ignores the class, over %s',
    async (_, host) => {
      const failures = await failuresOf(host(broken(ignoresTheClass)));

      expect(titles(failures)).toEqual([
        'roles on a class guard a method that says nothing',
        'permissions on a class guard a method that says nothing',
        'roles on a class and permissions on a method must both hold',
        'permissions on a class and roles on a method must both hold',
        'other roles on a method do not replace those of its class',
        'other roles on a class do not replace those of its method',
        'permissions on a method add to those of its class',
        'permissions on a class add to those of its method',
        'any of two permissions on a method takes nothing from its class',
        'signing in on a method opens nothing that its class closes',
        'a public class is open',
        'a loosened method asks for its own permissions only',
        'a loosened method asks for its own roles only',
        'a loosened method without its own asks to sign in',
        'two rules on a class must both hold',
      ]);
      expect(failures.get('other roles on a method do not replace those of its class')).toBe(
        'other roles on a method do not replace those of its class: writer is allowed, must be forbidden',
      );
    },
    120_000,
  );

  it('fails for a guard that ignores the method', async () => {
    const found = titles(await failuresOf(httpHost('express', broken(ignoresTheMethod))));

    expect(found).toContain('permissions on a method guard it in a class that says nothing');
    expect(found).toContain('a loosened method asks for its own roles only');
    expect(found).not.toContain('roles on a class guard a method that says nothing');
  }, 120_000);

  it('fails for a guard whose methods replace what their class requires', async () => {
    const found = titles(await failuresOf(httpHost('express', broken(letsMethodsReplaceClasses))));

    expect(found).toContain('roles on a class and permissions on a method must both hold');
    expect(found).toContain('permissions on a class and roles on a method must both hold');
    expect(found).toContain('other roles on a method do not replace those of its class');
    expect(found).not.toContain('roles on a class guard a method that says nothing');
  }, 120_000);

  it('fails where empty lists start', async () => {
    const failures = await failuresOf(httpHost('express', broken(letsEmptyListsPass)));

    expect(titles(failures)).toEqual([
      'an empty list of roles on a class does not start',
      'an empty list of roles on a method does not start',
      'an empty list of roles on a method under roles does not start',
      'an empty list of permissions on a class does not start',
      'an empty list of permissions on a method does not start',
      'an empty list of any permission on a class does not start',
      'an empty list of any permission on a method does not start',
    ]);
  }, 120_000);

  it('fails where nothing is checked at the start', async () => {
    const unchecked = broken((builder) =>
      builder.overrideProvider(RouteAudit).useValue({ handlers: () => [] }),
    );
    const failures = await failuresOf(httpHost('express', unchecked));

    expect(titles(failures)).toHaveLength(24);
    expect(failures.get('nothing declared at all does not start')).toMatch(/application started$/);
  }, 120_000);

  it('fails where something else stops the application', async () => {
    const host = httpHost('express', broken(undefined));
    const cases = accessConformance({
      ...host,
      start: () => Promise.reject(new Error('no database')),
    });

    const last = cases.at(-1)?.run();

    await expect(last).rejects.toThrow(
      'not stopped by a ConfigurationError, but by Error: no database',
    );
    await expect(cases[0]?.run()).rejects.toThrow('no database');
  });
});
