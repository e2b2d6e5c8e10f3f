import { ConfigurationError, type ConfigurationProblem } from '../errors/configuration-error';

/** What an integer option accepts, and what it is when left out. */
export interface IntegerBound {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  /** Why the bound exists; it becomes part of the boot error and of docs/configuration.md. */
  readonly reason: string;
}

/** Reads options, collects every problem, and reports them together. */
export class OptionReader {
  readonly #problems: ConfigurationProblem[] = [];

  refuse(problem: ConfigurationProblem): void {
    this.#problems.push(problem);
  }

  /** Refuses names that no option has: a misspelt option must not fall back to its default in silence. */
  section<Section extends object>(
    name: string,
    given: Section | undefined,
    known: readonly (keyof Section & string)[],
  ): Partial<Section> {
    if (given === undefined) return {};
    if (!isObject(given)) {
      this.refuse({
        option: name,
        value: print(given),
        bound: 'an object',
        reason: 'it is a section',
      });
      return {};
    }
    for (const key of Object.keys(given)) {
      if (known.includes(key as keyof Section & string)) continue;
      this.refuse({
        option: path(name, key),
        bound: `one of ${known.join(', ')}`,
        reason: 'no option has this name',
      });
    }
    return given;
  }

  integers<Bounds extends Readonly<Record<string, IntegerBound>>>(
    section: string,
    given: { readonly [Key in keyof Bounds]?: unknown },
    bounds: Bounds,
  ): Record<keyof Bounds, number> {
    const entries = Object.entries(bounds).map(([key, bound]) => [
      key,
      this.integer(path(section, key), given[key], bound),
    ]);
    return Object.fromEntries(entries) as Record<keyof Bounds, number>;
  }

  integer(option: string, value: unknown, bound: IntegerBound): number {
    if (value === undefined) return bound.default;
    if (
      Number.isSafeInteger(value) &&
      (value as number) >= bound.min &&
      (value as number) <= bound.max
    )
      return value as number;
    this.refuse({
      option,
      value: print(value),
      bound: `an integer from ${bound.min} to ${bound.max}`,
      reason: bound.reason,
    });
    return bound.default;
  }

  boolean(option: string, value: unknown, fallback: boolean): boolean {
    if (value === undefined || typeof value === 'boolean') return value ?? fallback;
    this.refuse({ option, value: print(value), bound: 'true or false', reason: 'it is a switch' });
    return fallback;
  }

  oneOf<Choice extends string>(
    option: string,
    value: unknown,
    choices: readonly Choice[],
    fallback: Choice,
  ): Choice {
    if (value === undefined) return fallback;
    if (choices.includes(value as Choice)) return value as Choice;
    this.refuse({
      option,
      value: print(value),
      bound: `one of ${choices.join(', ')}`,
      reason: 'no other choice exists',
    });
    return fallback;
  }

  text(option: string, value: unknown, rule: { fallback?: string; reason: string }): string {
    if (value === undefined && rule.fallback !== undefined) return rule.fallback;
    if (typeof value === 'string' && value.length > 0 && value.length <= 255) return value;
    this.refuse({
      option,
      value: print(value),
      bound: 'a text of 1 to 255 characters',
      reason: rule.reason,
    });
    return rule.fallback ?? '';
  }

  /** @throws ConfigurationError when anything was refused */
  finish(): void {
    if (this.#problems.length > 0) throw new ConfigurationError(this.#problems);
  }
}

/** A value as a boot error shows it. Never called with a secret. */
export function print(value: unknown): string {
  // A function or a symbol has no JSON.
  return JSON.stringify(value) || String(value);
}

function path(section: string, key: string): string {
  return section === '' ? key : `${section}.${key}`;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
