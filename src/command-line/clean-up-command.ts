import type { Command } from 'commander';
import { Housekeeping } from '../housekeeping/housekeeping.service';
import { withApplication } from './application';
import { print, sourceOf } from './global-options';
import type { Terminal } from './terminal';

/** For applications that switched `housekeeping.enabled` off, and for whoever cannot wait. */
export function addCleanUpCommand(program: Command, terminal: Terminal): void {
  program
    .command('clean-up')
    .description(
      'remove what nobody needs any more: ended sessions, old changes, idle counters, sent mails, old audit months',
    )
    .action(async (_options: object, command: Command) => {
      const { removed, left } = await withApplication(sourceOf(command, terminal), (app) =>
        app.get(Housekeeping, { strict: false }).cleanUp(),
      );
      const lines = [
        ...Object.entries(removed).map(([name, count]) => `removed ${count} ${name}`),
        ...left.map((name) => `left ${name} to another instance, which is at it`),
      ];
      print(command, terminal, { text: lines.join('\n'), json: { removed, left } });
    });
}
