import ts from 'typescript';
import type { ModuleGraph, SourceModule } from './module-graph';

/** Where what the package exports is declared. */
export const ENTRY_POINTS: Readonly<Record<string, string>> = {
  '@portcullis/nest': 'src/index.ts',
  '@portcullis/nest/migrations': 'migrations/index.ts',
  '@portcullis/nest/testing': 'src/testing/testing.ts',
};

/** File that holds the text of {@link publicApi}; `npm run generate` writes it. */
export const PUBLIC_API_FILE = 'test/architecture/public-api.txt';

/**
 * The public API as text: each entry point, then one `kind name` a line, sorted.
 *
 * @throws Error for an export whose declaration cannot be found, and for `export *`, which would make
 *   an internal name public by accident.
 */
export function publicApi(graph: ModuleGraph): string {
  const sections = Object.entries(ENTRY_POINTS).map(([name, path]) => {
    const entry = graph.get(path);
    const exports = entry === undefined ? [] : exportsOf(graph, entry);
    const lines = exports.map((found) => `${found.kind} ${found.name}`).sort(byName);
    return [name, ...lines.map((line) => `  ${line}`)].join('\n');
  });
  return `${sections.join('\n\n')}\n`;
}

interface Export {
  readonly kind: string;
  readonly name: string;
}

function byName(left: string, right: string): number {
  const name = (line: string): string => line.slice(line.lastIndexOf(' '));
  return name(left) < name(right) ? -1 : 1;
}

function exportsOf(graph: ModuleGraph, module: SourceModule): Export[] {
  return module.syntax.statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement)) {
      return isExported(statement) ? declarationsIn(statement) : [];
    }
    const { exportClause, isTypeOnly } = statement;
    if (exportClause === undefined || !ts.isNamedExports(exportClause)) {
      throw new Error(`${module.path}: name each export; "export *" is not allowed here.`);
    }
    return exportClause.elements.map((element) => {
      const kind = kindOf(graph, module, (element.propertyName ?? element.name).text);
      const typeOnly = (isTypeOnly || element.isTypeOnly) && kind === 'class';
      return { kind: typeOnly ? 'type of class' : kind, name: element.name.text };
    });
  });
}

/** The kind of a name in a module, followed through imports and re-exports. */
function kindOf(graph: ModuleGraph, module: SourceModule, name: string): string {
  const own = module.syntax.statements
    .flatMap(declarationsIn)
    .filter((declaration) => declaration.name === name)
    .map(({ kind }) => kind);
  if (own.length > 0) return [...new Set(own)].sort().join(' and ');

  const source = module.imports.find(({ names }) => names.includes(name));
  const target = source?.target === undefined ? undefined : graph.get(source.target);
  if (target === undefined) throw new Error(`${module.path}: no declaration of ${name} found.`);
  return kindOf(graph, target, name);
}

function isExported(statement: ts.Statement): boolean {
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
  return modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
}

function declarationsIn(statement: ts.Statement): Export[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => ({
      kind: 'const',
      name: name.getText(),
    }));
  }
  const kind = KINDS.get(statement.kind);
  const name = (statement as ts.DeclarationStatement).name;
  return kind === undefined || name === undefined ? [] : [{ kind, name: name.text }];
}

const KINDS: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.ClassDeclaration, 'class'],
  [ts.SyntaxKind.FunctionDeclaration, 'function'],
  [ts.SyntaxKind.InterfaceDeclaration, 'interface'],
  [ts.SyntaxKind.TypeAliasDeclaration, 'type'],
]);
