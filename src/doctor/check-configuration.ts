import type { ResolvedAuthOptions } from '../options/auth-options';
import { browserContradictions } from '../options/browser-contradictions';
import { weaknessOf } from '../options/secret-options';
import type { StructuralAuthOptions } from '../options/structural-options';
import { findings, type Complaint, type Finding } from './finding';
import type { Probe } from './probe';

/** Words with something between them: what people type, and random generators do not. */
const TYPED = /^[a-z]+(?:[\s._-]+[a-z]+)+[\s\d!?.]*$/i;

/** What the application is configured with, against what can be seen of it from outside. */
export function checkConfiguration(
  options: ResolvedAuthOptions,
  { forms }: Pick<StructuralAuthOptions, 'forms'>,
  probe: Probe,
): Finding[] {
  const contradictions = browserContradictions({
    ...options,
    isProduction: probe.base.protocol === 'https:',
    // Where TLS ends cannot be seen from here.
    terminatesTls: false,
    hasForms: forms !== undefined,
  });
  return [
    ...checkSecrets(options),
    ...findings('settings', 'URL, origins, cookies and proxies agree', {
      warnings: contradictions.map(({ problem, remedy }) => ({ message: problem, remedy })),
    }),
  ];
}

function checkSecrets({ secrets, passwordPeppers }: ResolvedAuthOptions): Finding[] {
  const named = [
    ...secrets.map((secret, index) => [`secrets[${index}]`, secret] as const),
    ...passwordPeppers.map(({ secret }, index) => [`passwordPeppers[${index}]`, secret] as const),
  ];
  return findings('secrets', `${named.length}, none of them weak`, {
    failures: named.flatMap(([name, secret]) => weakSecret(name, secret)),
    warnings: named
      .filter(([, secret]) => TYPED.test(secret))
      .map(([name]) => ({
        message: `${name} reads like words that somebody typed`,
        remedy: 'replace it by the output of: openssl rand -base64 48 (docs/replacing-secrets.md)',
      })),
  });
}

function weakSecret(name: string, secret: string): Complaint[] {
  const weakness = weaknessOf(secret);
  if (weakness === undefined) return [];
  return [{ message: `${name}: ${weakness.reason}`, remedy: `use ${weakness.bound}` }];
}
