import fc from 'fast-check';
import { ConfigurationError } from '../../src/errors/configuration-error';
import type { AuthOptions, ResolvedAuthOptions } from '../../src/options/auth-options';
import { CHANGE_FEED_BOUNDS } from '../../src/options/change-feed-options';
import { DELIVERY_BOUNDS } from '../../src/options/delivery-options';
import { HOUSEKEEPING_BOUNDS } from '../../src/options/housekeeping-options';
import type { IntegerBound } from '../../src/options/option-reader';
import { PASSWORD_BOUNDS } from '../../src/options/password-options';
import { PROXY_HOPS, resolveAuthOptions } from '../../src/options/resolve-options';
import { SESSION_BOUNDS } from '../../src/options/session-options';
import { SIGNING_KEY_BOUNDS } from '../../src/options/signing-key-options';
import { GUESSING_BOUNDS, THROTTLING_BOUNDS } from '../../src/options/throttling-options';
import { ACCESS_TOKEN_BOUNDS } from '../../src/options/token-options';

const SENDER = { send: () => Promise.resolve() };

const VALID: AuthOptions = {
  issuer: 'https://api.portcullis.test',
  secrets: ['q7W2-mZ8x_T4vB6nK1jL9hG3fD5sA0pR'],
  passwordPeppers: [{ version: 1, secret: 'Xy5RtB8uN2eW6oC1iV4zM7kQ3gJ9dH0f' }],
};

/** Every integer option with its path. */
const INTEGERS: readonly (readonly [path: string, bound: IntegerBound])[] = [
  ['proxyHops', PROXY_HOPS],
  ...paths('accessTokens', ACCESS_TOKEN_BOUNDS),
  ...paths('signingKeys', SIGNING_KEY_BOUNDS),
  ...paths('sessions', SESSION_BOUNDS),
  ...paths('passwords', PASSWORD_BOUNDS),
  ...paths('guessing', GUESSING_BOUNDS),
  ...paths('changeFeed', CHANGE_FEED_BOUNDS),
  ...paths('housekeeping', HOUSEKEEPING_BOUNDS),
  ...paths('delivery', DELIVERY_BOUNDS),
  ...Object.entries(THROTTLING_BOUNDS).flatMap(([name, limit]) =>
    paths(`throttling.${name}`, limit),
  ),
];

function paths(
  section: string,
  bounds: Readonly<Record<string, IntegerBound>>,
): (readonly [string, IntegerBound])[] {
  return Object.entries(bounds).map(([name, bound]) => [`${section}.${name}`, bound] as const);
}

/** Valid options with one of them, named by its path, replaced. */
function withOption(path: string, value: unknown): AuthOptions {
  const [name, ...rest] = path.split('.').reverse();
  const nested = rest.reduce<object>((inner, section) => ({ [section]: inner }), {
    [name!]: value,
  });
  const required = path.startsWith('delivery.') ? withDelivery(nested) : nested;
  return { ...VALID, ...required };
}

/** The one section that has required members of its own. */
function withDelivery(nested: { readonly delivery?: object }): object {
  return { delivery: { from: 'auth@a.test', sender: SENDER, ...nested.delivery } };
}

function problemsOf(options: unknown): ConfigurationError['problems'] {
  return refusalOf(options).problems;
}

function refusalOf(options: unknown): ConfigurationError {
  try {
    resolveAuthOptions(options as AuthOptions);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('The options were accepted');
}

describe('integer options', () => {
  it.each(INTEGERS)('%s is refused just below and just above its bounds', (path, bound) => {
    for (const value of [bound.min - 1, bound.max + 1]) {
      expect(problemsOf(withOption(path, value))).toContainEqual({
        option: path,
        value: String(value),
        bound: `an integer from ${bound.min} to ${bound.max}`,
        reason: bound.reason,
      });
    }
  });

  it.each(INTEGERS)('%s is refused where it is no integer', (path, bound) => {
    for (const value of [String(bound.default), bound.min + 0.5, Number.NaN, null, true, [5], {}]) {
      expect(problemsOf(withOption(path, value)).map(({ option }) => option)).toContain(path);
    }
  });

  it('the bounds themselves are accepted', () => {
    // The two timeouts of a session bound each other and are checked on their own below.
    for (const [path, bound] of INTEGERS.filter(([path]) => !path.includes('Timeout'))) {
      for (const value of [bound.min, bound.max]) {
        expect(valueAt(resolveAuthOptions(withOption(path, value)), path)).toBe(value);
      }
    }
  });

  it('an absolute timeout shorter than the idle timeout is refused', () => {
    const sessions = { idleTimeoutSeconds: 3600, absoluteTimeoutSeconds: 3599 };
    expect(problemsOf({ ...VALID, sessions }).map(({ option }) => option)).toEqual([
      'sessions.absoluteTimeoutSeconds',
    ]);
    const equal = { idleTimeoutSeconds: 3600, absoluteTimeoutSeconds: 3600 };
    expect(resolveAuthOptions({ ...VALID, sessions: equal }).sessions).toMatchObject(equal);
  });

  it('the interval between rotations follows the grace unless it is set', () => {
    const follow = resolveAuthOptions({ ...VALID, sessions: { refreshGraceSeconds: 12 } });
    expect(follow.sessions.rotateMinIntervalSeconds).toBe(12);
    const set = resolveAuthOptions({
      ...VALID,
      sessions: { refreshGraceSeconds: 12, rotateMinIntervalSeconds: 0 },
    });
    expect(set.sessions.rotateMinIntervalSeconds).toBe(0);
  });
});

describe('names', () => {
  it.each([
    ['typo'],
    ['accessTokens.ttl'],
    ['signingKeys.rotateAfter'],
    ['sessions.idleTimeout'],
    ['cookies.domain'],
    ['passwords.rounds'],
    ['throttling.signIn'],
    ['throttling.login.max'],
    ['guessing.lockout'],
    ['changeFeed.interval'],
  ])('%s is refused, because no option has that name', (path) => {
    expect(problemsOf(withOption(path, 1))).toContainEqual(
      expect.objectContaining({ option: path, reason: 'no option has this name' }),
    );
  });

  it.each([
    ['sessions', 5],
    ['throttling.login', null],
    ['cookies', 'plain'],
  ])('%s is refused where it is no section', (path, value) => {
    expect(problemsOf(withOption(path, value))).toContainEqual(
      expect.objectContaining({ option: path, bound: 'an object' }),
    );
  });
});

describe('text, switches and lists', () => {
  it.each([
    ['issuer', ['', 'api.portcullis.test', 'ftp://a.test', 'https://a.test/', 'https://a.test?x']],
    ['issuer', ['https://a.test#x', 'https://user@a.test', undefined, 5]],
    ['audience', ['', 'x'.repeat(256), 5]],
    ['clientId', ['', null]],
    ['origins', ['https://a.test', 5]],
    ['cookies.preset', ['', 'Host', true]],
    ['changeFeed.listen', ['true', 0]],
    ['changeFeed.listenUrl', ['mysql://host', 5]],
  ])('%s refuses %j', (path, values) => {
    for (const value of values) {
      expect(problemsOf(withOption(path, value)).map(({ option }) => option)).toContain(path);
    }
  });

  it.each(['*', 'https://*.a.test', 'https://a.test/', 'https://A.test', 'null', 'a.test', 5])(
    'CK-10: an origin is exact: %j is refused',
    (origin) => {
      const origins = ['https://app.portcullis.test', origin];
      expect(problemsOf({ ...VALID, origins }).map(({ option }) => option)).toEqual(['origins[1]']);
    },
  );

  it('CK-1: cookies without prefix are refused in production and allowed elsewhere', () => {
    const cookies = { preset: 'plain' } as const;
    expect(resolveAuthOptions({ ...VALID, cookies }).cookies.preset).toBe('plain');
    const before = process.env['NODE_ENV'];
    process.env['NODE_ENV'] = 'production';
    try {
      expect(problemsOf({ ...VALID, cookies }).map(({ option }) => option)).toEqual([
        'cookies.preset',
      ]);
    } finally {
      process.env['NODE_ENV'] = before;
    }
  });
});

describe('defaults', () => {
  it('are complete, within their own bounds, and stay when nothing is said', () => {
    const resolved = resolveAuthOptions({ ...VALID, ...withDelivery({}) });
    for (const [path, bound] of INTEGERS) {
      expect([path, valueAt(resolved, path)]).toEqual([path, bound.default]);
      expect(bound.default).toBeGreaterThanOrEqual(bound.min);
      expect(bound.default).toBeLessThanOrEqual(bound.max);
    }
    expect(resolved).toMatchObject({
      issuer: VALID.issuer,
      audience: VALID.issuer,
      clientId: 'web',
      origins: [VALID.issuer],
      cookies: { preset: 'host' },
      changeFeed: { listen: true, listenUrl: undefined },
    });
  });

  it('are frozen at every level, apart from what was given', () => {
    const given = { ...VALID, secrets: [...VALID.secrets] };
    const resolved = resolveAuthOptions(given);
    expect(unfrozen(resolved)).toEqual([]);
    given.secrets.push('later');
    expect(resolved.secrets).toEqual(VALID.secrets);
  });
});

describe('reporting', () => {
  it('names every problem of the configuration at once', () => {
    const options = {
      issuer: 'nowhere',
      secrets: [],
      passwordPeppers: [{ version: 0, secret: 'short' }],
      proxyHops: 11,
      sessions: { idleTimeoutSeconds: 1, typo: 1 },
      throttling: { login: { limit: 0 } },
    };
    const refusal = refusalOf(options);
    const named = refusal.problems.map(({ option }) => option).sort();
    expect(named).toEqual(
      [
        'issuer',
        'secrets',
        'passwordPeppers[0].version',
        'passwordPeppers[0].secret',
        'proxyHops',
        'sessions.idleTimeoutSeconds',
        'sessions.typo',
        'throttling.login.limit',
      ].sort(),
    );
    for (const option of named) expect(refusal.message).toContain(option);
  });

  it('never prints a secret, whatever else is wrong', () => {
    const secret = fc.string({ minLength: 4, maxLength: 60 }).filter((text) => text.trim() !== '');
    fc.assert(
      fc.property(fc.array(secret, { maxLength: 3 }), secret, (secrets, pepper) => {
        const marked = secrets.map((text) => `‡${text}‡`);
        const refusal = refusalOf({
          issuer: 'nowhere',
          secrets: marked,
          passwordPeppers: [
            { version: 1, secret: `‡${pepper}‡` },
            { version: 1, secret: marked[0] ?? `‡${pepper}‡` },
          ],
        });
        expect(JSON.stringify([refusal.message, refusal.problems])).not.toContain('‡');
      }),
    );
  });
});

function valueAt(resolved: ResolvedAuthOptions, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], resolved);
}

function unfrozen(value: unknown, path = 'options'): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = Object.isFrozen(value) ? [] : [path];
  return [
    ...own,
    ...Object.entries(value).flatMap(([name, member]) => unfrozen(member, `${path}.${name}`)),
  ];
}
