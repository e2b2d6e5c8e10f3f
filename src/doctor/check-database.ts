import type { Database } from '../database/database';
import { connectionParametersOf } from '../database/connection-parameters';
import { migrationStates } from '../database/migrator';
import type { ResolvedAuthOptions } from '../options/auth-options';
import { checkClock } from './check-answers';
import { lookAtDatabase } from './database-probe.repository';
import { findings, type Finding } from './finding';

/** The database of the application: its migrations, its clock, and what stands in front of it. */
export async function checkDatabase(
  { dataSource }: Database,
  options: ResolvedAuthOptions,
): Promise<Finding[]> {
  const pending = (await migrationStates(dataSource)).filter(({ applied }) => !applied);
  const sight = await lookAtDatabase(connectionParametersOf(dataSource));
  const { database, local } = sight.clock;
  return [
    ...findings('migrations', 'all are applied', {
      failures: pending.map(({ name }) => ({
        message: `${name} is pending`,
        remedy: 'run: npx --no portcullis migrate',
      })),
    }),
    ...checkClock('database-clock', new Date(database).toUTCString(), local),
    ...(await checkListening(options, sight.isShared)),
  ];
}

async function checkListening(
  { changeFeed: { listen, listenUrl } }: ResolvedAuthOptions,
  poolIsShared: boolean,
): Promise<Finding[]> {
  const through = poolIsShared ? 'a pooler in transaction mode' : 'a connection of its own each';
  if (!listen) return findings('pooler', `${through}; the feed only polls`, {});
  const isShared =
    listenUrl === undefined
      ? poolIsShared
      : (await lookAtDatabase({ connectionString: listenUrl })).isShared;
  const complaint = {
    message: `the change feed listens through a pooler in transaction mode, where notifications are lost`,
    remedy:
      'give changeFeed.listenUrl a direct connection to the primary, or set changeFeed.listen to false',
  };
  return findings('pooler', `${through}; the feed listens on a direct one`, {
    failures: isShared ? [complaint] : [],
  });
}
