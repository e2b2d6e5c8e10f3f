import type { Command } from 'commander';
import { SecretUses, type SecretStatus } from '../keys/secret-uses.service';
import { withApplication } from './application';
import { print, sourceOf } from './global-options';
import type { Terminal } from './terminal';

/** Which of `secrets` may go. Secrets appear by fingerprint only. */
export function addSecretsCommand(program: Command, terminal: Terminal): void {
  program
    .command('secrets:status')
    .description('say what each of `secrets` still protects, and which may be removed')
    .action(async (_options: object, command: Command) => {
      const secrets = await withApplication(sourceOf(command, terminal), (app) =>
        app.get(SecretUses, { strict: false }).status(),
      );
      print(command, terminal, { text: secrets.map(lineOf).join('\n'), json: { secrets } });
    });
}

function lineOf(secret: SecretStatus, index: number): string {
  const place = secret.verdict === 'missing' ? 'not configured' : `secrets[${index}]`;
  return `${secret.fingerprint}  ${place.padEnd(14)}  ${verdictOf(secret)}`;
}

function verdictOf({ verdict, ...use }: SecretStatus): string {
  if (verdict === 'current') return `in use: ${countsOf(use)}`;
  if (verdict === 'removable') return 'may be removed: it protects nothing any more';
  if (verdict === 'missing') return `MISSING: ${countsOf(use)} cannot be opened`;
  if (use.isUsedNow && use.lastUsedAt !== null) {
    return `still needed: an instance used it first at ${use.lastUsedAt.toISOString()}; ${countsOf(use)}`;
  }
  const until = use.sessionsEndAt === null ? '' : ` until ${use.sessionsEndAt.toISOString()}`;
  return `still needed${until}: ${countsOf(use)}${formsOf(use)}`;
}

function formsOf({ formTokensEndAt }: Omit<SecretStatus, 'verdict'>): string {
  if (formTokensEndAt === null) return '';
  return `, and the forms of open pages until ${formTokensEndAt.toISOString()}`;
}

function countsOf({ signingKeys, sessions }: Omit<SecretStatus, 'verdict'>): string {
  return `seals ${signingKeys} signing keys, may protect the refresh tokens of ${sessions} sessions`;
}
