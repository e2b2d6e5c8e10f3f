import type { AuthOptions, ResolvedAuthOptions } from '../../src/options/auth-options';
import { resolveAuthOptions } from '../../src/options/resolve-options';

export const SECRETS = {
  first: 'zI6rX0m1pQ4vT8sK2nW7yB5cD9fG3hJ6',
  second: 'qL8wE1rT4yU7iO0pA3sD6fG9hJ2kZ5xC',
} as const;

/** Complete options as a deployment would have them, with what a test wants different. */
export function testOptions(options: Partial<AuthOptions> = {}): ResolvedAuthOptions {
  return resolveAuthOptions({
    issuer: 'https://api.example.org',
    secrets: [SECRETS.first],
    passwordPeppers: [{ version: 1, secret: 'mN5bV8cX1zL4kJ7hG0fD3sA6pO9iU2yT' }],
    ...options,
  });
}
