import { ROOT_FILES, rowOf } from './layers';
import type { ModuleGraph, SourceModule, Violation } from './module-graph';

/** The folder below `src/` that a path lies in; '' for the files directly in `src/`. */
export function capabilityOf(path: string): string {
  const [, first = '', ...rest] = path.split('/');
  return rest.length === 0 ? '' : first;
}

/** The modules of the library. */
export function libraryOf(graph: ModuleGraph): SourceModule[] {
  return [...graph.values()].filter(({ path }) => path.startsWith('src/'));
}

/** Every folder of `src/` stands in the layer table, and nothing else lies beside them. */
export function unknownFolders(graph: ModuleGraph): Violation[] {
  return libraryOf(graph).flatMap(({ path }) => {
    const capability = capabilityOf(path);
    if (capability === '') {
      if (ROOT_FILES.includes(path.slice('src/'.length))) return [];
      return [{ path, message: `only ${ROOT_FILES.join(', ')} may lie directly in src/` }];
    }
    if (rowOf(capability) !== undefined) return [];
    return [{ path, message: `the folder ${capability}/ is not in the layer table` }];
  });
}

/** Imports look down the layer table, never up; sideways only in row 0 and within a capability. */
export function upwardImports(graph: ModuleGraph): Violation[] {
  return betweenCapabilities(graph, ({ from, to, target }) => {
    const [own, other] = [rowOf(from), rowOf(to)];
    if (to === '') return `imports ${target}, which sees everything`;
    if (own === undefined || other === undefined) return undefined;
    if (other < own || (own === 0 && other === 0)) return undefined;
    return `${from}/ (row ${own}) imports ${target} of row ${other}: imports only look down`;
  });
}

/** Repositories, entities and DTOs are private to their capability. */
export function privateImports(graph: ModuleGraph): Violation[] {
  return betweenCapabilities(graph, ({ to, target }) => {
    const kind = /\.(repository|entity|dto)\.ts$/.exec(target)?.[1];
    return kind === undefined ? undefined : `imports the ${kind} ${target}, private to ${to}/`;
  });
}

/** What lies in `src/` does not know the server, the tests or the tools around it. */
export function escapes(graph: ModuleGraph): Violation[] {
  return libraryOf(graph).flatMap(({ path, imports }) =>
    imports
      .filter(({ target, specifier }) =>
        target === undefined
          ? specifier.startsWith('.')
          : !target.startsWith('src/') && !mayRunMigrations(path, target),
      )
      .map(({ specifier, line }) => ({
        path,
        line,
        message: `${specifier} is not a module of the library`,
      })),
  );
}

function mayRunMigrations(path: string, target: string): boolean {
  return target === 'migrations/index.ts' && rowOf(capabilityOf(path)) === 7;
}

interface Crossing {
  readonly from: string;
  readonly to: string;
  readonly target: string;
}

function betweenCapabilities(
  graph: ModuleGraph,
  judge: (crossing: Crossing) => string | undefined,
): Violation[] {
  return libraryOf(graph).flatMap(({ path, imports }) =>
    imports.flatMap(({ target, line }) => {
      const from = capabilityOf(path);
      if (from === '' || target?.startsWith('src/') !== true) return [];
      const to = capabilityOf(target);
      const message = to === from ? undefined : judge({ from, to, target });
      return message === undefined ? [] : [{ path, line, message }];
    }),
  );
}
