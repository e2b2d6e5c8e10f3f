import type { Command } from 'commander';
import { migrationStates, runMigrations } from '../database/migrator';
import { withDataSource } from './application';
import { print, sourceOf } from './global-options';
import type { Terminal } from './terminal';

/** Both work on the DataSource of the application, with the application's own migrations. */
export function addMigrationCommands(program: Command, terminal: Terminal): void {
  program
    .command('migrate')
    .description('apply the migrations that the database does not have yet')
    .action(async (_options: object, command: Command) => {
      const applied = await withDataSource(sourceOf(command, terminal), runMigrations);
      const lines = applied.map((name) => `applied ${name}`);
      print(command, terminal, {
        text: lines.length === 0 ? 'The database is up to date.' : lines.join('\n'),
        json: { applied },
      });
    });

  program
    .command('migrate:status')
    .description('list the migrations and whether the database has them')
    .action(async (_options: object, command: Command) => {
      const migrations = await withDataSource(sourceOf(command, terminal), migrationStates);
      const lines = migrations.map(
        ({ name, applied }) => `${applied ? 'applied' : 'pending'} ${name}`,
      );
      const pending = migrations.filter(({ applied }) => !applied).length;
      print(command, terminal, {
        text: [...lines, `${pending} pending`].join('\n'),
        json: { pending, migrations },
      });
    });
}
