/** One thing wrong with the configuration. @publicApi */
export interface ConfigurationProblem {
  /** Dotted path of the option, for example `session.idleTimeoutSeconds`. */
  readonly option: string;
  /** What was given, printed; absent for secrets. */
  readonly value?: string;
  /** What is accepted, for example `an integer from 60 to 31536000`. */
  readonly bound: string;
  /** Why the bound exists. */
  readonly reason: string;
}

/**
 * Stops the boot: the configuration or the declared access is wrong. It lists every problem at once.
 *
 * @publicApi
 */
export class ConfigurationError extends Error {
  constructor(readonly problems: readonly ConfigurationProblem[]) {
    super(['Portcullis cannot start:', ...problems.map(describe)].join('\n'));
    this.name = 'ConfigurationError';
  }
}

function describe({ option, value, bound, reason }: ConfigurationProblem): string {
  const given = value === undefined ? '' : ` is ${value}, but`;
  return `  - ${option}${given} must be ${bound}: ${reason}`;
}
