import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import ts from 'typescript';

/** One import, re-export, dynamic import or `require` of a module. */
export interface ModuleImport {
  /** As written. */
  readonly specifier: string;
  /** Path from the root of the repository, where it is a module of the graph. */
  readonly target: string | undefined;
  /** Imported names, before renaming; empty for `* as`, side effects and dynamic imports. */
  readonly names: readonly string[];
  readonly line: number;
}

/** One source file. */
export interface SourceModule {
  /** Path from the root of the repository, with `/`. */
  readonly path: string;
  readonly lineCount: number;
  readonly syntax: ts.SourceFile;
  readonly imports: readonly ModuleImport[];
}

/** Every module that was read, by path. */
export type ModuleGraph = ReadonlyMap<string, SourceModule>;

/** A broken rule and where. */
export interface Violation {
  readonly path: string;
  readonly line?: number;
  readonly message: string;
}

const SOURCE_FILE = /(?<!\.d)\.[cm]?[jt]sx?$/;
const NOT_OURS = new Set(['node_modules', 'dist', 'coverage']);

/** The paths of all source files below the given folders, found by walking them. */
export function sourcePaths(root: string, folders: readonly string[]): string[] {
  const walk = (folder: string): string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : walk(path);
      return SOURCE_FILE.test(entry.name) ? [relative(root, path).split(sep).join('/')] : [];
    });
  const present = readdirSync(root);
  return folders.filter((folder) => present.includes(folder)).flatMap((f) => walk(join(root, f)));
}

/** Reads and parses the source files below the given folders. */
export function readGraph(root: string, folders: readonly string[]): ModuleGraph {
  const paths = sourcePaths(root, folders);
  return graphOf(Object.fromEntries(paths.map((p) => [p, readFileSync(join(root, p), 'utf8')])));
}

/** Parses source texts, keyed by their path from the root of the repository. */
export function graphOf(sources: Readonly<Record<string, string>>): ModuleGraph {
  const exists = (path: string): boolean => Object.hasOwn(sources, path);
  return new Map(
    Object.entries(sources).map(([path, text]) => {
      const syntax = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
      const lineCount = text === '' ? 0 : text.replace(/\n$/, '').split('\n').length;
      return [path, { path, lineCount, syntax, imports: importsOf(syntax, exists) }];
    }),
  );
}

/** Calls `visit` with a node and everything below it. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => {
    walk(child, visit);
  });
}

/** The line of a node, counted from 1. */
export function lineOf(node: ts.Node): number {
  const file = node.getSourceFile();
  return file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
}

function importsOf(syntax: ts.SourceFile, exists: (path: string) => boolean): ModuleImport[] {
  const imports: ModuleImport[] = [];
  walk(syntax, (node) => {
    const specifier = specifierOf(node);
    if (specifier === undefined) return;
    const target = resolve(syntax.fileName, specifier, exists);
    imports.push({ specifier, target, names: namesOf(node), line: lineOf(node) });
  });
  return imports;
}

/** The module that a node names, type positions (`import('x').Y`) included. */
function specifierOf(node: ts.Node): string | undefined {
  const name = specifierNode(node);
  return name !== undefined && ts.isStringLiteralLike(name) ? name.text : undefined;
}

function specifierNode(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isExternalModuleReference(node)) return node.expression;
  if (ts.isImportTypeNode(node)) {
    return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined;
  }
  if (!ts.isCallExpression(node)) return undefined;
  const dynamic =
    node.expression.kind === ts.SyntaxKind.ImportKeyword ||
    (ts.isIdentifier(node.expression) && node.expression.text === 'require');
  return dynamic ? node.arguments[0] : undefined;
}

function namesOf(node: ts.Node): string[] {
  const clause = ts.isImportDeclaration(node)
    ? node.importClause?.namedBindings
    : ts.isExportDeclaration(node)
      ? node.exportClause
      : undefined;
  if (clause === undefined || !(ts.isNamedImports(clause) || ts.isNamedExports(clause))) return [];
  return clause.elements.map((element) => (element.propertyName ?? element.name).text);
}

/** Our own packages by name, as Jest's module mapper and `package.json#exports` resolve them. */
const OWN_PACKAGES: Readonly<Record<string, string>> = {
  '@portcullis/nest': 'src/index.ts',
  '@portcullis/nest/migrations': 'migrations/index.ts',
  '@portcullis/nest/testing': 'src/testing/testing.ts',
};

function resolve(
  from: string,
  specifier: string,
  exists: (path: string) => boolean,
): string | undefined {
  if (!specifier.startsWith('.')) return OWN_PACKAGES[specifier];
  const base = posix.join(posix.dirname(from), specifier);
  const stem = base.replace(/\.[cm]?js$/, '');
  const candidates = [base, `${stem}.ts`, `${stem}.tsx`, `${stem}.mts`, `${base}/index.ts`];
  return candidates.find(exists);
}
