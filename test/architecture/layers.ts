/**
 * The layer table: capabilities may import what stands in an earlier row. Row 0 may also look
 * sideways. A folder of `src/` that is missing here fails the build.
 */
export const LAYERS: readonly (readonly string[])[] = [
  ['errors', 'options', 'clock', 'database', 'telemetry', 'requests', 'route-access', 'conditions'],
  ['audit', 'change-feed'],
  ['accounts', 'tenants', 'keys', 'throttling', 'delivery', 'one-time-tokens'],
  ['passwords', 'mfa', 'passkeys', 'sessions', 'access'],
  ['tokens', 'api-keys', 'roles', 'explanation', 'access-map'],
  ['authentication', 'registration', 'recovery', 'discovery', 'gateways', 'introspection'],
  ['administration', 'forms', 'housekeeping', 'doctor'],
  ['testing', 'command-line'],
];

/** The row of a capability, or `undefined` when the table does not name it. */
export function rowOf(capability: string): number | undefined {
  const row = LAYERS.findIndex((capabilities) => capabilities.includes(capability));
  return row === -1 ? undefined : row;
}

/** The only files beside the capabilities; they see everything. */
export const ROOT_FILES: readonly string[] = ['auth.module.ts', 'entities.ts', 'index.ts'];

/** Every folder whose code the checks read, and single files beside them. */
export const CODE_FOLDERS: readonly string[] = [
  'src',
  'server',
  'migrations',
  'test',
  'scripts',
  'bench',
  'examples',
  'packages',
];

/** `src` held at least this many modules when the number was last raised; see `architecture.test.ts`. */
export const MODULE_FLOOR = 320;

/** A deviation from a rule that we want, and why. */
export interface Exception {
  readonly path: string;
  readonly reason: string;
}

/** Where `process.env` may be read. */
export const ENVIRONMENT_READERS: readonly Exception[] = [
  { path: 'server/env.ts', reason: 'the one place where the reference server is configured' },
  {
    path: 'src/options/browser-options.ts',
    reason: 'NODE_ENV decides whether a development-only option may be used',
  },
  {
    path: 'src/testing/application-part.ts',
    reason: 'NODE_ENV keeps what makes principals for tests out of production',
  },
];

/** Where the library may use TypeORM or `pg`, beside `database/`, repositories and entities. */
export const DATABASE_USERS: readonly Exception[] = [
  { path: 'src/entities.ts', reason: 'sets the schema before the DataSource exists' },
  {
    path: 'src/change-feed/change-feed.connection.ts',
    reason: 'LISTEN needs a connection of its own, outside every pool',
  },
  {
    path: 'src/command-line/application.ts',
    reason: 'migrating starts an application only as far as its DataSource',
  },
  {
    path: 'src/conditions/where-of.ts',
    reason: 'compiles a condition to the `where` of queries that the team makes',
  },
];
