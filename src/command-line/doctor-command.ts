import type { Command } from 'commander';
import { examineApplication, examineServer, type Patient } from '../doctor/examine';
import { findings, type Finding } from '../doctor/finding';
import { Probe } from '../doctor/probe';
import { settingOf } from './application-source';
import { withHaltedApplication } from './application';
import { print, sourceOf } from './global-options';
import type { Terminal } from './terminal';
import { UsageError } from './usage-error';

interface DoctorOptions {
  readonly prefix: string;
  readonly origin?: string;
  readonly remote?: boolean;
}

const MARKS = { ok: 'ok', warning: 'warning', failure: 'FAILURE' } as const;

/** At least one check failed; what is wrong has been printed. */
class UnhealthyError extends Error {
  override readonly name = 'UnhealthyError';
  readonly code = 'unhealthy';
}

/** Finds what a deployment does wrong, from outside and, where the application is at hand, from inside. */
export function addDoctorCommand(program: Command, terminal: Terminal): void {
  program
    .command('doctor')
    .description(
      'examine a running server: cookies, CORS, proxies, clocks, keys, secrets, pooler, migrations',
    )
    .argument('<url>', 'where clients reach it, for example https://api.example.org')
    .option('--prefix <segment>', 'first segment of our routes', 'auth')
    .option('--origin <origin>', 'a page that may sign in (default: the origin of the URL)')
    .option('--remote', 'look only from outside, even where package.json names the application')
    .action((url: string, options: DoctorOptions, command: Command) =>
      examine(patientOf(url, options), options, command, terminal),
    );
}

async function examine(
  patient: Patient,
  { remote }: DoctorOptions,
  command: Command,
  terminal: Terminal,
): Promise<void> {
  const probe = new Probe(patient.url);
  const seen = await examineServer(probe, patient);
  const inside = remote === true ? [] : await fromInside(probe, command, terminal);
  const all = [...seen, ...inside];
  const failures = all.filter(({ verdict }) => verdict === 'failure').length;
  const warnings = all.filter(({ verdict }) => verdict === 'warning').length;
  print(command, terminal, {
    text: [...all.map(lineOf), '', summary(failures, warnings, probe.asked)].join('\n'),
    json: { url: patient.url.href, failures, warnings, requests: probe.asked, findings: all },
  });
  if (failures > 0) throw new UnhealthyError(`${failures} of ${all.length} checks failed.`);
}

/** Empty where no application is named. */
async function fromInside(
  probe: Probe,
  command: Command,
  terminal: Terminal,
): Promise<readonly Finding[]> {
  const source = sourceOf(command, terminal);
  if (source.app === undefined && settingOf(source.directory, 'app') === undefined) return [];
  try {
    return await withHaltedApplication(source, (parts) => examineApplication(probe, parts));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const message = `the application does not start with this environment: ${reason}`;
    const remedy = 'run doctor with the environment of the server, or with --remote';
    return findings('application', '', { failures: [{ message, remedy }] });
  }
}

function patientOf(given: string, { prefix, origin }: DoctorOptions): Patient {
  const url = urlOf(given);
  if (url === undefined || url.search !== '' || url.hash !== '' || url.username !== '') {
    // What was given may hold a password.
    throw new UsageError('The URL must be http(s), without user, query and fragment.');
  }
  url.pathname = url.pathname.replace(/\/+$/, '');
  if (origin !== undefined && urlOf(origin)?.origin !== origin) {
    throw new UsageError(`"${origin}" is not an origin such as https://app.example.org.`);
  }
  if (!/^[A-Za-z0-9_-]+(?:\/[A-Za-z0-9_-]+)*$/.test(prefix)) {
    throw new UsageError(`"${prefix}" is not a prefix of routes such as auth.`);
  }
  return { url, prefix, origin };
}

function urlOf(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
}

const CHECK_WIDTH = 16;
const MARK_WIDTH = 9;

function lineOf({ check, verdict, message, remedy }: Finding): string {
  const line = `${MARKS[verdict].padEnd(MARK_WIDTH)}${check.padEnd(CHECK_WIDTH)}${message}`;
  if (remedy === undefined) return line;
  return `${line}\n${' '.repeat(MARK_WIDTH + CHECK_WIDTH)}→ ${remedy}`;
}

function summary(failures: number, warnings: number, requests: number): string {
  return `${failures} failures, ${warnings} warnings, ${requests} requests.`;
}
