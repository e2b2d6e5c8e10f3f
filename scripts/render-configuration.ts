import type { IntegerBound } from '../src/options/option-reader';
import { CHANGE_FEED_BOUNDS } from '../src/options/change-feed-options';
import { DELIVERY_BOUNDS } from '../src/options/delivery-options';
import { HOUSEKEEPING_BOUNDS } from '../src/options/housekeeping-options';
import { PASSWORD_BOUNDS } from '../src/options/password-options';
import { REDIS_BOUNDS } from '../src/options/redis-options';
import { PROXY_HOPS } from '../src/options/resolve-options';
import { SESSION_BOUNDS } from '../src/options/session-options';
import { SIGNING_KEY_BOUNDS } from '../src/options/signing-key-options';
import { GUESSING_BOUNDS, THROTTLING_BOUNDS } from '../src/options/throttling-options';
import { ACCESS_TOKEN_BOUNDS } from '../src/options/token-options';
import { readOptionDocs, type OptionDoc } from './read-option-docs';

interface BoundTable {
  readonly [name: string]: IntegerBound | BoundTable;
}

const BOUNDS: BoundTable = {
  proxyHops: PROXY_HOPS,
  accessTokens: ACCESS_TOKEN_BOUNDS,
  signingKeys: SIGNING_KEY_BOUNDS,
  sessions: SESSION_BOUNDS,
  passwords: PASSWORD_BOUNDS,
  throttling: THROTTLING_BOUNDS,
  guessing: GUESSING_BOUNDS,
  redis: REDIS_BOUNDS,
  changeFeed: CHANGE_FEED_BOUNDS,
  housekeeping: HOUSEKEEPING_BOUNDS,
  delivery: DELIVERY_BOUNDS,
};

const INTRODUCTION = `# Configuration

What \`AuthModule.forRoot\` and the factory of \`AuthModule.forRootAsync\` take. The options are checked
once, at boot, all together: a value outside of its bounds, a name that no option has and a weak
secret stop the start with a \`ConfigurationError\` that names every problem.

Four things are required: \`access\`, which stands beside the factory, and \`issuer\`, \`secrets\` and
\`passwordPeppers\`, which the factory returns.

This page is generated from \`src/options\` by \`node -r @swc-node/register scripts/generate-docs.ts\`.
`;

/** `docs/configuration.md`: docstrings, defaults, bounds and their reasons. */
export function renderConfiguration(optionsFolder: string): string {
  const structural = readOptionDocs(optionsFolder, 'StructuralAuthOptions');
  const { text, options } = readOptionDocs(optionsFolder, 'AuthOptions');
  const single = options.filter(({ members, type }) => members.length === 0 || type.endsWith('[]'));
  const sections = options.filter((option) => !single.includes(option));
  refuseUndocumented(options);
  return [
    INTRODUCTION,
    '## Beside the factory',
    structural.text,
    ...structural.options.flatMap(renderOption),
    '## Options',
    text,
    ...single.flatMap(renderOption),
    ...sections.flatMap(renderSection),
  ].join('\n\n');
}

function renderSection({ path, text, members }: OptionDoc): readonly string[] {
  return [`## \`${path}\``, text, ...members.flatMap(renderOption)];
}

function renderOption(option: OptionDoc): readonly string[] {
  const bound = boundOf(option.path);
  const facts =
    bound === undefined
      ? [`- Type: \`${option.type}\``]
      : [`- Accepted: an integer from ${bound.min} to ${bound.max}, because ${bound.reason}`];
  return [
    `### \`${option.path}\``,
    option.text,
    [...facts, ...defaultFact(option, bound)].join('\n'),
    ...option.members.flatMap(renderOption),
  ];
}

function defaultFact(option: OptionDoc, bound: IntegerBound | undefined): readonly string[] {
  if (option.required) return ['- Required'];
  const value = bound === undefined ? option.defaultText : String(bound.default);
  return value === undefined ? [] : [`- Default: \`${value}\``];
}

function boundOf(path: string): IntegerBound | undefined {
  const found = path
    .split('.')
    .reduce<IntegerBound | BoundTable | undefined>(
      (table, name) => (table === undefined || isBound(table) ? undefined : table[name]),
      BOUNDS,
    );
  return found !== undefined && isBound(found) ? found : undefined;
}

function isBound(entry: IntegerBound | BoundTable): entry is IntegerBound {
  return typeof entry['min'] === 'number';
}

/** A bound without a documented option, or a number without a bound, is a mistake in one of the two. */
function refuseUndocumented(options: readonly OptionDoc[]): void {
  const documented = new Map(flatten(options).map((option) => [option.path, option]));
  const lost = boundPaths(BOUNDS).filter((path) => !documented.has(path));
  const unbounded = [...documented.values()].filter(
    ({ path, type }) => type === 'number' && !path.includes('[]') && boundOf(path) === undefined,
  );
  if (lost.length === 0 && unbounded.length === 0) return;
  throw new Error(
    `Without docstring: ${lost.join(', ')}. Without bound: ${unbounded.map(({ path }) => path).join(', ')}`,
  );
}

function flatten(options: readonly OptionDoc[]): readonly OptionDoc[] {
  return options.flatMap((option) => [option, ...flatten(option.members)]);
}

function boundPaths(table: BoundTable, prefix = ''): readonly string[] {
  return Object.entries(table).flatMap(([name, entry]) =>
    isBound(entry) ? [`${prefix}${name}`] : boundPaths(entry, `${prefix}${name}.`),
  );
}
