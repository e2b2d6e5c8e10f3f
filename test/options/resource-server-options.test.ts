import { inspect } from 'node:util';
import { ConfigurationError } from '../../src/errors/configuration-error';
import type { AuthOptions } from '../../src/options/auth-options';
import { SECRETS, testOptions } from '../support/auth-options';

const SECRET = 'Xk3vQ9rTz1Lm7Wp5Yc2Nh8Bf4Sd6Jg0A';

function refusalOf(resourceServers: unknown, more: Partial<AuthOptions> = {}): ConfigurationError {
  try {
    testOptions({ ...more, resourceServers } as Partial<AuthOptions>);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

const refused = (resourceServers: unknown, more?: Partial<AuthOptions>) =>
  refusalOf(resourceServers, more).problems.map(({ option }) => option);

describe('resource servers', () => {
  it('are none unless given, and complete and frozen when they are', () => {
    expect(testOptions().resourceServers).toEqual([]);
    const { resourceServers } = testOptions({
      audience: 'https://things.example.org',
      resourceServers: [{ clientId: 'orders', secrets: [SECRET] }],
    });
    expect(resourceServers).toEqual([
      {
        clientId: 'orders',
        secrets: [SECRET],
        audience: 'https://things.example.org',
        permissions: false,
      },
    ]);
    expect(
      [resourceServers, resourceServers[0], resourceServers[0]!.secrets].every(Object.isFrozen),
    ).toBe(true);
  });

  it.each([
    ['no list', { clientId: 'orders' }, 'resourceServers'],
    ['no object', [5], 'resourceServers[0]'],
    [
      'a misspelt member',
      [{ clientId: 'a', secrets: [SECRET], secret: SECRET }],
      'resourceServers[0].secret',
    ],
    ['no name', [{ secrets: [SECRET] }], 'resourceServers[0].clientId'],
    [
      'a name with a space',
      [{ clientId: 'a b', secrets: [SECRET] }],
      'resourceServers[0].clientId',
    ],
    ['a name with a NUL', [{ clientId: 'a\0', secrets: [SECRET] }], 'resourceServers[0].clientId'],
    [
      'the name of our own client',
      [{ clientId: 'web', secrets: [SECRET] }],
      'resourceServers[0].clientId',
    ],
    [
      'one name twice',
      [
        { clientId: 'a', secrets: [SECRET] },
        { clientId: 'a', secrets: [SECRET] },
      ],
      'resourceServers',
    ],
    ['no secret', [{ clientId: 'a', secrets: [] }], 'resourceServers[0].secrets'],
    [
      'one secret that is no list',
      [{ clientId: 'a', secrets: SECRET }],
      'resourceServers[0].secrets',
    ],
    [
      'CR-1: a short secret',
      [{ clientId: 'a', secrets: [SECRET, 'short'] }],
      'resourceServers[0].secrets[1]',
    ],
    [
      'CR-6: a placeholder',
      [{ clientId: 'a', secrets: ['please-change-me-please-change-me-1'] }],
      'resourceServers[0].secrets[0]',
    ],
    [
      'an empty audience',
      [{ clientId: 'a', secrets: [SECRET], audience: '' }],
      'resourceServers[0].audience',
    ],
    [
      'a switch that is none',
      [{ clientId: 'a', secrets: [SECRET], permissions: 'yes' }],
      'resourceServers[0].permissions',
    ],
    [
      'a secret of this deployment',
      [{ clientId: 'a', secrets: [SECRETS.first] }],
      'resourceServers[0].secrets[0]',
    ],
  ])('%s is refused', (_, given, option) => {
    expect(refused(given)).toContain(option);
  });

  it('LO-5: a refusal shows no secret', () => {
    const refusal = refusalOf([{ clientId: 'a b', secrets: [SECRET, 'short-secret'] }]);
    expect(inspect(refusal, { depth: 9 })).not.toMatch(/Xk3vQ9|short-secret/);
  });
});
