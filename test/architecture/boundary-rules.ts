import { builtinModules } from 'node:module';
import { DATABASE_USERS } from './layers';
import { libraryOf } from './layer-rules';
import type { ModuleGraph, ModuleImport, SourceModule, Violation } from './module-graph';

/** The server is built as a team would build it: on the public API by name, never on `src`. */
export function serverReachesIn(graph: ModuleGraph): Violation[] {
  return forbidden(graph, inFolder('server/'), ({ specifier, target }) => {
    const own = target === undefined || target.startsWith('server/');
    const published =
      specifier === '@portcullis/nest' || specifier === '@portcullis/nest/migrations';
    const internal = specifier.startsWith('@portcullis/nest/') || specifier.includes('/dist/');
    if (published || (own && !internal)) return undefined;
    return `the server imports ${specifier}: it may use only the public API of the library`;
  });
}

/** A migration must do the same in ten years, so it knows nothing of the library but `database/`. */
export function migrationsReachIn(graph: ModuleGraph): Violation[] {
  return forbidden(graph, inFolder('migrations/'), ({ specifier, target }) => {
    if (target === undefined) {
      return specifier.startsWith('.') ? `${specifier} was not found` : undefined;
    }
    if (target.startsWith('migrations/') || target.startsWith('src/database/')) return undefined;
    return `a migration imports ${target}: of the library only src/database/ is allowed`;
  });
}

/** The published package may only import what it declares, or a host without it would not boot. */
export function undeclaredPackages(graph: ModuleGraph, declared: ReadonlySet<string>): Violation[] {
  const published = ({ path }: SourceModule): boolean => /^(src|migrations)\//.test(path);
  return forbidden(graph, published, ({ specifier }) => {
    if (specifier.startsWith('.') || isBuiltin(specifier)) return undefined;
    const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
    return declared.has(name)
      ? undefined
      : `imports ${name}, which is neither a dependency nor a peer of the library`;
  });
}

/** SQL and TypeORM stay in `database/`, repositories, entities and named SQL. */
export function strayDatabaseUse(graph: ModuleGraph): Violation[] {
  const allowed = new Set(DATABASE_USERS.map(({ path }) => path));
  const outside = ({ path }: SourceModule): boolean =>
    path.startsWith('src/') &&
    !path.startsWith('src/database/') &&
    !/\.(repository|entity)\.ts$/.test(path) &&
    !allowed.has(path);
  return forbidden(graph, outside, ({ specifier }) =>
    /^(typeorm|@nestjs\/typeorm|pg)(\/|$)/.test(specifier)
      ? `imports ${specifier}: only repositories, entities and database/ may`
      : undefined,
  );
}

/** Services throw `AuthError`; the status of an answer is decided in one place. */
export function httpExceptions(graph: ModuleGraph): Violation[] {
  const rules = new Set(
    libraryOf(graph).filter(({ path }) => /\.(service|repository)\.ts$/.test(path)),
  );
  return forbidden(
    graph,
    (module) => rules.has(module),
    ({ specifier, names }) => {
      const exception = names.find((name) => name.endsWith('Exception'));
      return specifier === '@nestjs/common' && exception !== undefined
        ? `uses ${exception} of Nest: throw an AuthError with a stable code`
        : undefined;
    },
  );
}

function inFolder(folder: string): (module: SourceModule) => boolean {
  return ({ path }) => path.startsWith(folder);
}

function isBuiltin(specifier: string): boolean {
  return specifier.startsWith('node:') || builtinModules.includes(specifier);
}

function forbidden(
  graph: ModuleGraph,
  applies: (module: SourceModule) => boolean,
  judge: (found: ModuleImport) => string | undefined,
): Violation[] {
  return [...graph.values()].filter(applies).flatMap(({ path, imports }) =>
    imports.flatMap((found) => {
      const message = judge(found);
      return message === undefined ? [] : [{ path, line: found.line, message }];
    }),
  );
}
