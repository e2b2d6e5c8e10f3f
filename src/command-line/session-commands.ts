import type { Command } from 'commander';
import { EverySession } from '../sessions/every-session';
import { withApplication } from './application';
import { print, sourceOf } from './global-options';
import type { Terminal } from './terminal';
import { UsageError } from './usage-error';

/** The sessions of everybody at once. */
export function addSessionCommands(program: Command, terminal: Terminal): void {
  program
    .command('sessions:revoke-all')
    .description('sign everybody out, as after a restore from backup')
    .option('--yes', 'say that everybody shall have to sign in again')
    .action(async ({ yes }: { readonly yes?: boolean }, command: Command) => {
      if (yes !== true) {
        throw new UsageError('this signs out everybody: say --yes if you mean it');
      }
      const ended = await withApplication(sourceOf(command, terminal), (app) =>
        app.get(EverySession, { strict: false }).revokeAll(),
      );
      const { accounts, sessions } = ended;
      const text = `ended ${sessions} sessions of ${accounts} accounts; instances refuse their access tokens within a second`;
      print(command, terminal, { text, json: ended });
    });
}
