import { setTimeout as sleep } from 'node:timers/promises';
import { SECRETS } from './auth-options';
import type { Person } from './crowd';
import { violationsIn, type Violation } from './invariants';
import type { RecordedAnswer } from './recorded-answer';
import { ADMIN, PEPPER, type ServerProcess } from './server-process';
import { execute } from './test-server';

/** What a scenario leaves behind. */
export interface Aftermath {
  readonly databaseUrl: string;
  /** Those that have to be alive. */
  readonly servers: readonly ServerProcess[];
  readonly people?: readonly Person[];
  /** The pool of each instance. @default 10 */
  readonly poolSize?: number;
}

const AT_REST_LIMIT_MILLISECONDS = 5000;

/**
 * Every invariant of the fault list (I1–I10) that can be seen from outside, after a scenario and when
 * nobody writes any more: what is broken, in words. I5 and I7 need to know what was sent: see
 * {@link guessesMiscounted} and {@link acceptedTooLate}.
 */
export async function brokenAfter(aftermath: Aftermath): Promise<Violation[]> {
  const { databaseUrl, servers, people = [] } = aftermath;
  return [
    ...(await violationsIn(databaseUrl)),
    ...people.flatMap(({ mixedUp }) => mixedUp),
    ...servers.flatMap((server) => secretsIn(server.output(), secretsOf(databaseUrl, people))),
    ...servers.flatMap(troubleOf),
    ...(await unrestIn(aftermath)),
  ];
}

function secretsOf(databaseUrl: string, people: readonly Person[]): string[] {
  const tokens = people.flatMap(({ held }) =>
    held.flatMap((tokens) => [tokens.access_token, tokens.refresh_token]),
  );
  return [SECRETS.first, PEPPER, ADMIN.password, new URL(databaseUrl).password, ...tokens].filter(
    (secret) => secret !== '',
  );
}

/** I8: secrets that a log holds, told by their first characters. */
export function secretsIn(log: string, secrets: readonly string[]): Violation[] {
  return secrets
    .filter((secret) => log.includes(secret))
    .map((secret) => `I8: a log holds ${secret.slice(0, 6)}…`);
}

/** I9: a process that ended, or wrote of an error that nobody caught. */
function troubleOf(server: ServerProcess): Violation[] {
  const { pid, exitCode } = server;
  const uncaught = /^.*(?:unhandled rejection|uncaught exception).*$/im.exec(server.output());
  return [
    ...(exitCode() === undefined ? [] : [`I9: process ${pid} ended with ${exitCode()}`]),
    ...(uncaught === null ? [] : [`I9: process ${pid} wrote: ${uncaught[0]}`]),
  ];
}

/** I10: connections of the pools that are not idle soon, or more of them than the pools may have. */
async function unrestIn({ databaseUrl, servers, poolSize = 10 }: Aftermath): Promise<Violation[]> {
  const look = () =>
    execute(
      databaseUrl,
      `SELECT pid, state, wait_event_type, left(query, 60) AS query FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'portcullis'`,
    );
  const deadline = performance.now() + AT_REST_LIMIT_MILLISECONDS;
  let rows = await look();
  while (rows.some(({ state }) => state !== 'idle') && performance.now() < deadline) {
    await sleep(50);
    rows = await look();
  }
  const busy = rows.filter(({ state }) => state !== 'idle');
  return [
    ...busy.map((row) => `I10: at rest a connection is busy: ${JSON.stringify(row)}`),
    ...(rows.length > servers.length * poolSize ? [`I10: ${rows.length} connections`] : []),
  ];
}

/** I5: a lane of guesses counts no more than were sent, and no fewer than were refused with 401. */
export async function guessesMiscounted(
  databaseUrl: string,
  answers: readonly RecordedAnswer[],
): Promise<Violation[]> {
  const guesses = answers.filter(({ what }) => what === 'POST /auth/login');
  const refused = guesses.filter(({ status }) => status === 401).length;
  const [row] = await execute(
    databaseUrl,
    `SELECT coalesce(sum(failures), 0)::int AS counted FROM auth.guesses WHERE lane <> 'source'`,
  );
  const counted = Number(row?.['counted']);
  return counted < refused || counted > guesses.length
    ? [`I5: ${counted} counted of ${guesses.length} sent and ${refused} refused`]
    : [];
}

/** I7: answers that admitted somebody although they were asked for after a revocation and its bound. */
export function acceptedTooLate(
  answers: readonly RecordedAnswer[],
  revokedAt: number,
  boundMilliseconds = 1000,
): Violation[] {
  return answers
    .filter(
      ({ status, askedAt }) =>
        status < 300 && status > 0 && askedAt > revokedAt + boundMilliseconds,
    )
    .map(({ what, instance, askedAt }) => {
      const late = Math.round(askedAt - revokedAt);
      return `I7: ${what} was admitted at ${instance}, ${late} ms after the revocation`;
    });
}
