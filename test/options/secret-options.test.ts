import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { ConfigurationError } from '../../src/errors/configuration-error';
import type { AuthOptions } from '../../src/options/auth-options';
import { resolveAuthOptions } from '../../src/options/resolve-options';
import { weaknessOf } from '../../src/options/secret-options';

const random = (): string => randomBytes(36).toString('base64');

function refusedOptions(options: Partial<Record<keyof AuthOptions, unknown>>): string[] {
  const valid = {
    issuer: 'https://api.portcullis.test',
    secrets: [random()],
    passwordPeppers: [{ version: 1, secret: random() }],
  };
  try {
    resolveAuthOptions({ ...valid, ...options } as AuthOptions);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems.map(({ option }) => option);
    throw error;
  }
}

describe('secrets', () => {
  it.each([
    'secret',
    '12345678',
    'a'.repeat(64),
    '0123456789'.repeat(2),
    'changeme-changeme-changeme-changeme-0123456789',
    'your-256-bit-secret-padded-until-it-is-long',
    '0123456789abcdefghijklmnopqrstuvwxyz',
    'your-256-bit-secret',
    'this is an example of a long enough text, 123',
    'my_secret_key_that_is_really_long_enough_1234',
    'defaultdefault-0123456789-abcdefghijklmnop',
    'ababababcdcdcdcdefefefefababababcdcdcdcd',
  ])('CR-1: %j stops the start, as a secret and as a pepper', (weak) => {
    expect(refusedOptions({ secrets: [weak] })).toEqual(['secrets[0]']);
    expect(refusedOptions({ passwordPeppers: [{ version: 1, secret: weak }] })).toEqual([
      'passwordPeppers[0].secret',
    ]);
  });

  it('CR-1: a weak secret behind a strong one is refused too', () => {
    expect(refusedOptions({ secrets: [random(), 'secret', random()] })).toEqual(['secrets[1]']);
  });

  it.each([[undefined], [null], [''], [[]], ['a text instead of a list'], [{}]])(
    'CR-6: %j in place of the secrets or the peppers stops the start',
    (missing) => {
      expect(refusedOptions({ secrets: missing })).toContain('secrets');
      expect(refusedOptions({ passwordPeppers: missing })).toContain('passwordPeppers');
    },
  );

  it.each([[undefined], [null], [''], [5], [{}]])(
    'CR-6: %j in the list of secrets stops the start',
    (missing) => {
      expect(refusedOptions({ secrets: [missing] })).toEqual(['secrets[0]']);
      expect(refusedOptions({ passwordPeppers: [{ version: 1, secret: missing }] })).toEqual([
        'passwordPeppers[0].secret',
      ]);
    },
  );

  it('CR-6: an element that is no pepper is refused without a crash', () => {
    for (const element of [undefined, null, 'pepper', 5]) {
      expect(refusedOptions({ passwordPeppers: [element] })).toEqual(
        expect.arrayContaining(['passwordPeppers[0].version', 'passwordPeppers[0].secret']),
      );
    }
  });

  it('a random secret of at least 32 bytes is accepted', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 48, maxLength: 96 }), (bytes) => {
        // Bytes that repeat are not random; fast-check likes them.
        fc.pre(new Set(Buffer.from(bytes).toString('base64')).size >= 10);
        const text = Buffer.from(bytes).toString('base64');
        fc.pre(!/change.?me|changeit|example|placeholder|secret|password|default/i.test(text));
        expect(weaknessOf(text)).toBeUndefined();
      }),
    );
    expect(weaknessOf(random().slice(0, 31))).toBeDefined();
    expect(refusedOptions({})).toEqual([]);
  });

  it('a repeated secret and a repeated version of a pepper are refused', () => {
    const secret = random();
    expect(refusedOptions({ secrets: [secret, secret] })).toEqual(['secrets']);
    const peppers = [
      { version: 3, secret: random() },
      { version: 3, secret: random() },
    ];
    expect(refusedOptions({ passwordPeppers: peppers })).toEqual(['passwordPeppers']);
  });

  it('a pepper that is one of the secrets is refused', () => {
    const shared = random();
    expect(
      refusedOptions({
        secrets: [random(), shared],
        passwordPeppers: [{ version: 1, secret: shared }],
      }),
    ).toEqual(['passwordPeppers[0].secret']);
  });
});
