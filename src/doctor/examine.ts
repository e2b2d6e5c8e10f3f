import type { Database } from '../database/database';
import type { ResolvedAuthOptions } from '../options/auth-options';
import type { StructuralAuthOptions } from '../options/structural-options';
import { checkAnswers } from './check-answers';
import { checkConfiguration } from './check-configuration';
import { checkCookies } from './check-cookies';
import { checkDatabase } from './check-database';
import { checkDocuments } from './check-documents';
import { checkForwarding } from './check-forwarding';
import { checkOrigins } from './check-origins';
import { findings, type Finding } from './finding';
import type { Probe } from './probe';

/** Which server, and how it is reached. */
export interface Patient {
  readonly url: URL;
  /** First segment of our routes. */
  readonly prefix: string;
  /** An origin whose pages may sign in. When left out: that of the URL. */
  readonly origin?: string;
}

/** The application behind the server, as far as it starts for a command. */
export interface PatientApplication {
  readonly database: Database;
  readonly options: ResolvedAuthOptions;
  readonly structure: StructuralAuthOptions;
}

/** Examines a running server from outside. It sends no credential and changes nothing. */
export async function examineServer(probe: Probe, patient: Patient): Promise<Finding[]> {
  const { prefix, origin = probe.base.origin } = patient;
  try {
    await probe.ask('/.well-known/jwks.json');
  } catch (error) {
    return unreachable(error);
  }
  return [
    ...(await attempt('metadata', () => checkDocuments(probe))),
    ...(await attempt('answers', () => checkAnswers(probe, prefix))),
    ...(await attempt('cookies', () => checkCookies(probe, prefix, origin))),
    ...(await attempt('cors', () => checkOrigins(probe, prefix, origin))),
    ...(await attempt('forwarding', () => checkForwarding(probe, prefix))),
  ];
}

/** Examines what the application is configured with, and its database. */
export async function examineApplication(
  probe: Probe,
  { database, options, structure }: PatientApplication,
): Promise<Finding[]> {
  return [
    ...checkConfiguration(options, structure, probe),
    ...(await attempt('database', () => checkDatabase(database, options))),
  ];
}

/** A check that breaks off is a finding like any other, and the next check goes on. */
async function attempt(check: string, work: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await work();
  } catch (error) {
    const message = `could not be looked at: ${reasonOf(error)}`;
    return findings(check, '', { failures: [{ message, remedy: 'mend that, then ask again' }] });
  }
}

function unreachable(error: unknown): Finding[] {
  const message = `the server does not answer: ${reasonOf(error)}`;
  const remedy = 'check the URL, the name, the port and the certificate';
  return findings('reachable', '', { failures: [{ message, remedy }] });
}

/** A refused connection to several addresses has a code and an empty message. */
function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof message === 'string' && message !== '') return message;
  return typeof code === 'string' ? code : String(error);
}
