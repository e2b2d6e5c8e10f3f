import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import * as boundaries from './boundary-rules';
import * as code from './code-rules';
import * as layers from './layer-rules';
import { CODE_FOLDERS, DATABASE_USERS, ENVIRONMENT_READERS, MODULE_FLOOR } from './layers';
import { readGraph, type Violation } from './module-graph';
import { PUBLIC_API_FILE, publicApi } from './public-api';
import * as shapes from './shape-rules';

const ROOT = join(__dirname, '..', '..');
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<
  'dependencies' | 'peerDependencies',
  Record<string, string>
>;
const published = new Set(Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }));
const graph = readGraph(ROOT, CODE_FOLDERS);

function report(violations: readonly Violation[]): string {
  return violations
    .map(({ path, line, message }) => `${path}${line === undefined ? '' : `:${line}`} ${message}`)
    .join('\n');
}

/** Counted without the walk that builds the graph, so that a hole in the walk shows. */
function filesOnDisk(folder: string): number {
  const path = join(ROOT, folder);
  if (!existsSync(path)) return 0;
  return readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const parts = name.split(sep);
    const file = parts.pop() ?? '';
    const ours = !parts.some((part) => ['node_modules', 'dist', 'coverage'].includes(part));
    return ours && /\.(ts|tsx|mts|cts|js|jsx|mjs|cjs)$/.test(file) && !/\.d\.[cm]?ts$/.test(file);
  }).length;
}

describe('the graph', () => {
  it.each(CODE_FOLDERS.map((folder) => [folder, filesOnDisk(folder)] as const))(
    'holds every source file of %s/: %d',
    (folder, count) => {
      const parsed = [...graph.keys()].filter((path) => path.startsWith(`${folder}/`));
      expect(parsed).toHaveLength(count);
    },
  );

  it('sees about as many modules of the library as were there when it was last counted', () => {
    const seen = layers.libraryOf(graph).length;
    expect(seen).toBeGreaterThanOrEqual(MODULE_FLOOR);
    // A floor far below the truth proves nothing: raise MODULE_FLOOR in layers.ts.
    expect(MODULE_FLOOR).toBeGreaterThanOrEqual(seen * 0.6);
  });

  it('resolves the imports between the modules of the library', () => {
    const edges = layers
      .libraryOf(graph)
      .flatMap(({ imports }) => imports.filter(({ target }) => target !== undefined));
    expect(edges.length).toBeGreaterThanOrEqual(MODULE_FLOOR);
  });
});

describe('the library', () => {
  it.each<[string, readonly Violation[]]>([
    ['has only folders that the layer table names', layers.unknownFolders(graph)],
    ['imports only down the layer table', layers.upwardImports(graph)],
    ['keeps repositories, entities and DTOs inside their capability', layers.privateImports(graph)],
    ['knows nothing outside itself', layers.escapes(graph)],
    ['imports only packages that it declares', boundaries.undeclaredPackages(graph, published)],
    ['touches the database in repositories only', boundaries.strayDatabaseUse(graph)],
    ['decides no status code in a service', boundaries.httpExceptions(graph)],
    ['has no barrel', shapes.barrels(graph)],
    ['has short files in the median', shapes.longMedian(graph)],
  ])('%s', (_title, violations) => {
    expect(report(violations)).toBe('');
  });
});

describe('the repository', () => {
  it.each<[string, readonly Violation[]]>([
    ['has no import cycle', shapes.cycles(graph)],
    ['has no file over 400 lines', shapes.longFiles(graph)],
    ['names its files in kebab-case', shapes.oddNames(graph.keys())],
    ['builds the server on the public API alone', boundaries.serverReachesIn(graph)],
    ['keeps migrations independent of the library', boundaries.migrationsReachIn(graph)],
    ['has one line per route', code.longHandlers(graph)],
    ['uses no forwardRef', code.forwardReferences(graph)],
    ['reads the environment in one place', code.environmentReads(graph)],
    ['keeps nothing in web storage', code.webStorageUse(graph)],
    ['imports injected classes as values', code.injectedTypes(graph)],
  ])('%s', (_title, violations) => {
    expect(report(violations)).toBe('');
  });

  it.each([...ENVIRONMENT_READERS, ...DATABASE_USERS].map(({ path }) => path))(
    'still needs its exception for %s',
    (path) => {
      const text = graph.get(path)?.syntax.text;
      expect(text).toMatch(/process\.env|from '(typeorm|@nestjs\/typeorm|pg)'/);
    },
  );
});

it('exports what public-api.txt says; a change of the public API is a decision', () => {
  expect(layers.libraryOf(graph).map(({ path }) => path)).toContain('src/index.ts');
  const committed = readFileSync(join(ROOT, PUBLIC_API_FILE), 'utf8');
  const how = 'after a wanted change run: npm run generate';
  expect({ how, exports: publicApi(graph) }).toEqual({ how, exports: committed });
});

it('says why for every runtime dependency', () => {
  const decision = readFileSync(join(ROOT, 'docs/decisions/0006-dependencies.md'), 'utf8');
  const explained = [...decision.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name);
  expect(explained.sort()).toEqual(Object.keys(manifest.dependencies).sort());
});
