import { isAuthError } from '../errors/auth-error';
import { ConfigurationError } from '../errors/configuration-error';
import type { Terminal } from './terminal';
import { UsageError } from './usage-error';

/** What a command did, for people and for programs. */
export interface Outcome {
  readonly text: string;
  readonly json: object;
}

export function printOutcome(terminal: Terminal, outcome: Outcome, asJson: boolean): void {
  terminal.stdout.write(`${asJson ? JSON.stringify(outcome.json) : outcome.text}\n`);
}

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
}

/** One line with the code; where fields or options are wrong, one more line for each. */
export function printFailure(terminal: Terminal, error: unknown, asJson: boolean): void {
  const failure = describe(error);
  if (asJson) {
    terminal.stderr.write(`${JSON.stringify({ error: failure })}\n`);
    return;
  }
  const fields = (failure.errors ?? []).map(({ field, message }) => `  - ${field} ${message}`);
  terminal.stderr.write(
    `${[`portcullis: ${failure.code}: ${failure.message}`, ...fields].join('\n')}\n`,
  );
}

function describe(error: unknown): Failure {
  if (isAuthError(error)) {
    const { code, message, detail, errors } = error;
    return { code, message: detail ?? message, ...(errors === undefined ? {} : { errors }) };
  }
  if (error instanceof UsageError) return { code: 'usage', message: error.message };
  if (error instanceof ConfigurationError) return { code: 'configuration', message: error.message };
  const { code, message } = error as { code?: unknown; message?: unknown };
  return {
    code: typeof code === 'string' ? code : 'failed',
    // A refused connection to several addresses has a code and an empty message.
    message: typeof message === 'string' && message !== '' ? message : String(error),
  };
}
