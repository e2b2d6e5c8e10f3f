import { ConfigurationError, type ConfigurationProblem } from '@portcullis/nest';

/** What a number in the environment accepts. */
export interface NumberBound {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly reason: string;
}

/** The environment as the operating system hands it over. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** Reads variables, collects every problem, and reports them together. */
export class EnvironmentReader {
  readonly #problems: ConfigurationProblem[] = [];

  constructor(private readonly variables: Variables) {}

  refuse(problem: ConfigurationProblem): void {
    this.#problems.push(problem);
  }

  /** Set but empty counts as not set: that is how compose files pass a variable that nobody gave. */
  text(name: string): string | undefined {
    const value = this.variables[name]?.trim();
    return value === '' ? undefined : value;
  }

  list(name: string): readonly string[] | undefined {
    const entries = this.text(name)
      ?.split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '');
    return entries?.length === 0 ? undefined : entries;
  }

  number(name: string, bound: NumberBound): number {
    const value = this.wholeNumber(name);
    if (value === undefined) return bound.default;
    if (value >= bound.min && value <= bound.max) return value;
    this.refuse({
      option: name,
      value: String(value),
      bound: `a whole number from ${bound.min} to ${bound.max}`,
      reason: bound.reason,
    });
    return bound.default;
  }

  /** A number whose bounds somebody else knows. */
  wholeNumber(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (/^\d{1,15}$/.test(text)) return Number(text);
    this.refuse({
      option: name,
      value: JSON.stringify(text),
      bound: 'a whole number in decimal digits',
      reason: 'anything else would be guessed at',
    });
    return undefined;
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[], fallback: Choice): Choice {
    const text = this.text(name);
    if (text === undefined) return fallback;
    if (choices.includes(text as Choice)) return text as Choice;
    this.refuse({
      option: name,
      value: JSON.stringify(text),
      bound: `one of ${choices.join(', ')}`,
      reason: 'no other choice exists',
    });
    return fallback;
  }

  /** A text of one shape. The value is shown on refusal, so this is never called for a secret. */
  matching(name: string, shape: { pattern: RegExp; bound: string; reason: string }) {
    const text = this.text(name);
    if (text === undefined || shape.pattern.test(text)) return text;
    const { bound, reason } = shape;
    this.refuse({ option: name, value: JSON.stringify(text), bound, reason });
    return undefined;
  }

  /** A connection string. It holds a password, so a refusal names it without its value. */
  databaseUrl(name: string): string | undefined {
    const text = this.text(name);
    if (text === undefined || (/^postgres(ql)?:\/\//.test(text) && URL.canParse(text))) return text;
    this.refuse({
      option: name,
      bound: 'a URL such as postgres://user@host:5432/database',
      reason: 'only PostgreSQL is supported',
    });
    return undefined;
  }

  /** @throws ConfigurationError when anything was refused */
  finish(): void {
    if (this.#problems.length > 0) throw new ConfigurationError(this.#problems);
  }
}
