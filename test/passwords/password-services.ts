import { Clock } from '../../src/clock/clock';
import type { PasswordOptions } from '../../src/options/password-options';
import type { PasswordPepper } from '../../src/options/secret-options';
import type { HashPlace } from '../../src/passwords/hash-queue';
import { HashWorkers } from '../../src/passwords/hash-workers';
import { PasswordPolicy } from '../../src/passwords/password-policy';
import { PasswordsService } from '../../src/passwords/passwords.service';
import { Peppers } from '../../src/passwords/peppers';
import { StrengthMeter } from '../../src/passwords/strength-meter';
import { testOptions } from '../support/auth-options';

export const PEPPERS = {
  one: { version: 1, secret: 'mN5bV8cX1zL4kJ7hG0fD3sA6pO9iU2yT' },
  two: { version: 2, secret: 'wE4rT7yU1iO5pA8sD2fG6hJ9kL3zX0cV' },
} satisfies Record<string, PasswordPepper>;

export const PLACE: HashPlace = { source: 'test', priority: 'known' };

/** The services over real worker threads, at the lowest cost that the options allow. */
export function makePasswords({
  peppers = [PEPPERS.one],
  issuer = 'https://api.acme.test',
  ...passwords
}: PasswordOptions & {
  readonly peppers?: readonly PasswordPepper[];
  readonly issuer?: string;
} = {}) {
  const options = testOptions({
    issuer,
    passwordPeppers: peppers,
    passwords: {
      cost: 10,
      hashThreads: 2,
      hashQueuePerSource: 1000,
      hashWaitSeconds: 60,
      ...passwords,
    },
  });
  const workers = new HashWorkers(options, new Clock());
  const meter = new StrengthMeter();
  const policy = new PasswordPolicy(options, meter);
  const service = new PasswordsService(options, workers, new Peppers(options), policy, new Clock());
  return {
    service,
    workers,
    hash: (password: string) => service.hash(password, PLACE),
    verify: (password: string, stored: string | null) =>
      service.verify({ password, stored, ...PLACE }),
    close: async () => {
      await workers.onApplicationShutdown();
      await meter.onApplicationShutdown();
    },
  };
}
