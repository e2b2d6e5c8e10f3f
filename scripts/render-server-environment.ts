import { ConfigurationError, resolveAuthOptions } from '@portcullis/nest';
import { readEnvironment, type ServerEnvironment } from '../server/env';
import { AUTH_NUMBERS, AUTH_TEXTS } from '../server/env-auth-options';
import { readOptionDocs, type OptionDoc } from './read-option-docs';
import { SERVER_VARIABLES } from './server-variables';

type Problem = ConfigurationError['problems'][number];
type Variables = Readonly<Record<string, string>>;

const INTRODUCTION = `# The environment of the reference server

Every variable that \`server/\` reads; nothing else configures it. A variable that is set but empty counts as
not set. A list is separated by commas. What is refused stops the start, all of it reported at once.

Secrets are never repeated in a report. How to replace them: [replacing-secrets.md](replacing-secrets.md).

This page is generated from \`server/env.ts\`, \`server/env-auth-options.ts\` and \`src/options\` by
\`node -r @swc-node/register scripts/generate-docs.ts\`. What is accepted, and why, is what the server
itself answers to a wrong value.
`;

/** Every variable with a bound refuses one of these: beyond every number, and no name of anything. */
const REFUSED = ['999999999999999', 'not a value!'];

const SECRET = 'n8Zr0vQ2xW5tLk7YpB3mHs6JdF9cGa1e';
const PEPPER = 'aB3dE6gH9jK2mN5pQ8rS1tU4vW7xY0zC';

/** The least that starts the server; the values only stand in, and none is printed. */
const LEAST: Variables = {
  PORTCULLIS_SECRETS: SECRET,
  PORTCULLIS_PEPPERS: `1:${PEPPER}`,
};
const PRODUCTION: Variables = {
  ...LEAST,
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://api.example.org',
  DATABASE_URL: 'postgres://app@localhost:5432/app',
};

/** `docs/server-environment.md`: the variables in the order in which the server reads them. */
export function renderServerEnvironment(optionsFolder: string): string {
  const { names, missing } = readAll();
  const page: Page = {
    required: new Set(missing.map(variableOf)),
    refusals: REFUSED.flatMap((value) =>
      problemsOf(Object.fromEntries(names.map((name) => [name, value]))),
    ),
    options: new Map(
      flatten(readOptionDocs(optionsFolder, 'AuthOptions').options).map((doc) => [doc.path, doc]),
    ),
    development: readEnvironment(LEAST),
    production: readEnvironment(PRODUCTION),
  };
  refuseUnknown(names);
  return [INTRODUCTION, ...names.map((name) => renderVariable(name, page))].join('\n\n');
}

interface Page {
  readonly required: ReadonlySet<string>;
  readonly refusals: readonly Problem[];
  readonly options: ReadonlyMap<string, OptionDoc>;
  readonly development: ServerEnvironment;
  readonly production: ServerEnvironment;
}

function renderVariable(name: string, page: Page): string {
  const path = optionOf(name);
  const text = SERVER_VARIABLES[name]?.text ?? textOf(path, page.options);
  if (text === undefined) throw new Error(`${name} is not described`);
  const refusal = page.refusals.find((problem) => variableOf(problem) === name);
  const facts = [
    ...(refusal === undefined ? [] : [`- Accepted: ${refusal.bound}, because ${refusal.reason}`]),
    ...(page.required.has(name) ? ['- Required in production'] : defaultFact(name, page)),
    ...(path === undefined ? [] : [`- Sets [\`${path}\`](configuration.md)`]),
  ];
  return [`## \`${name}\``, text, facts.join('\n')].join('\n\n');
}

/** A limit has no docstring of its own; that of its section says which requests it counts. */
function textOf(path: string | undefined, options: Page['options']): string | undefined {
  if (path === undefined) return undefined;
  return options.get(path)?.text || options.get(path.slice(0, path.lastIndexOf('.')))?.text;
}

function defaultFact(name: string, page: Page): readonly string[] {
  const [inDevelopment, inProduction] = [page.development, page.production].map((environment) =>
    defaultOf(name, environment),
  );
  if (inProduction === undefined) return [];
  return inDevelopment === inProduction
    ? [`- Default: \`${inProduction}\``]
    : [`- Default: \`${inProduction}\` in production, otherwise \`${inDevelopment}\``];
}

function defaultOf(name: string, environment: ServerEnvironment): string | undefined {
  const own = SERVER_VARIABLES[name];
  if (own !== undefined) return own.defaultOf?.(environment);
  const value = optionOf(name)
    ?.split('.')
    .reduce<unknown>(
      (section, part) => (section as Record<string, unknown>)[part],
      resolveAuthOptions(environment.auth),
    );
  return typeof value === 'number' ? String(value) : undefined;
}

/** Every variable that a start in production looks at, and what it misses where none is set. */
function readAll(): { names: readonly string[]; missing: readonly Problem[] } {
  const names = new Set<string>();
  const observed = new Proxy<Variables>(
    { NODE_ENV: 'production' },
    {
      get: (variables, name) => {
        names.add(String(name));
        return variables[String(name)];
      },
    },
  );
  const missing = problemsOf(observed);
  return { names: [...names], missing };
}

function problemsOf(variables: Variables): readonly Problem[] {
  try {
    readEnvironment(variables);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  throw new Error('The environment was accepted');
}

/** A refused element of a list is reported as `ORIGINS[0]`. */
function variableOf({ option }: Problem): string {
  return option.split('[', 1)[0] ?? option;
}

function optionOf(variable: string): string | undefined {
  return new Map<string, string>(Object.entries({ ...AUTH_NUMBERS, ...AUTH_TEXTS })).get(variable);
}

function flatten(options: readonly OptionDoc[]): readonly OptionDoc[] {
  return options.flatMap((option) => [option, ...flatten(option.members)]);
}

function refuseUnknown(names: readonly string[]): void {
  const gone = Object.keys(SERVER_VARIABLES).filter((name) => !names.includes(name));
  if (gone.length > 0) throw new Error(`Described, but never read: ${gone.join(', ')}`);
}
