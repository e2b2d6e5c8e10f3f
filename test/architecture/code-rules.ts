import ts from 'typescript';
import { ENVIRONMENT_READERS } from './layers';
import { lineOf, walk, type ModuleGraph, type SourceModule, type Violation } from './module-graph';

const ROUTE = new Set(['Get', 'Post', 'Put', 'Patch', 'Delete', 'All', 'Head', 'Options', 'Sse']);

/** A handler declares its route; what it does is one call. */
export function longHandlers(graph: ModuleGraph): Violation[] {
  return inspect(graph, /^(src|server|examples)\//, (node) => {
    if (!ts.isMethodDeclaration(node) || !decoratorsOf(node).some((name) => ROUTE.has(name))) {
      return undefined;
    }
    const statements = node.body?.statements ?? [];
    const [only] = statements;
    const simple =
      statements.length === 1 &&
      only !== undefined &&
      (ts.isReturnStatement(only) || ts.isExpressionStatement(only));
    return simple ? undefined : `the route ${node.name.getText()} is not one line`;
  });
}

/** A cycle between modules is a boundary in the wrong place; `forwardRef` only hides it. */
export function forwardReferences(graph: ModuleGraph): Violation[] {
  return inspect(graph, /^(src|server|examples)\//, (node) =>
    ts.isIdentifier(node) && node.text === 'forwardRef'
      ? 'uses forwardRef: move what both sides need below them'
      : undefined,
  );
}

/** Configuration enters in one place. */
export function environmentReads(graph: ModuleGraph): Violation[] {
  const allowed = new Set(ENVIRONMENT_READERS.map(({ path }) => path));
  return inspect(graph, /^(src|server|migrations)\//, (node, { path }) =>
    !allowed.has(path) && isMember(node, 'process', 'env')
      ? 'reads process.env: only server/env.ts does'
      : undefined,
  );
}

/** A token in web storage is a token for every script of the page. */
export function webStorageUse(graph: ModuleGraph): Violation[] {
  return inspect(graph, /^(src|server|examples|packages)\//, (node, { path }) =>
    !path.includes('/test/') &&
    ((ts.isIdentifier(node) && isWebStorage(node.text)) ||
      (ts.isStringLiteral(node) && isWebStorage(node.text)))
      ? `uses ${node.text}: credentials stay in memory or in HttpOnly cookies`
      : undefined,
  );
}

/** Nest reads constructor types at run time; a type import leaves it `Object` to inject. */
export function injectedTypes(graph: ModuleGraph): Violation[] {
  return inspect(graph, /^(src|server|examples)\//, (node, { syntax }) => {
    if (!ts.isClassDeclaration(node) || decoratorsOf(node).length === 0) return undefined;
    const typeOnly = typeOnlyNames(syntax);
    const constructor = node.members.find(ts.isConstructorDeclaration);
    const faulty = constructor?.parameters.find(
      (parameter) =>
        decoratorsOf(parameter).length === 0 &&
        parameter.type !== undefined &&
        ts.isTypeReferenceNode(parameter.type) &&
        typeOnly.has(parameter.type.typeName.getText()),
    );
    return faulty?.type === undefined
      ? undefined
      : `injects ${faulty.type.getText()}, which it imports as a type only`;
  });
}

function isWebStorage(name: string): boolean {
  return name === 'localStorage' || name === 'sessionStorage';
}

function isMember(node: ts.Node, object: string, member: string): boolean {
  if (ts.isPropertyAccessExpression(node)) {
    return node.expression.getText() === object && node.name.text === member;
  }
  if (ts.isElementAccessExpression(node)) {
    const { argumentExpression: argument } = node;
    return (
      node.expression.getText() === object &&
      ts.isStringLiteralLike(argument) &&
      argument.text === member
    );
  }
  return (
    ts.isBindingElement(node) &&
    (node.propertyName ?? node.name).getText() === member &&
    ts.isVariableDeclaration(node.parent.parent) &&
    node.parent.parent.initializer?.getText() === object
  );
}

function decoratorsOf(node: ts.HasDecorators): string[] {
  return (ts.getDecorators(node) ?? []).map(({ expression }) =>
    (ts.isCallExpression(expression) ? expression.expression : expression).getText(),
  );
}

function typeOnlyNames(syntax: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  walk(syntax, (node) => {
    if (!ts.isImportSpecifier(node)) return;
    const clause = node.parent.parent;
    const typeClause = clause.phaseModifier === ts.SyntaxKind.TypeKeyword;
    if (node.isTypeOnly || typeClause) names.add(node.name.text);
  });
  return names;
}

function inspect(
  graph: ModuleGraph,
  where: RegExp,
  judge: (node: ts.Node, module: SourceModule) => string | undefined,
): Violation[] {
  const found: Violation[] = [];
  for (const module of graph.values()) {
    if (!where.test(module.path)) continue;
    walk(module.syntax, (node) => {
      const message = judge(node, module);
      if (message !== undefined) found.push({ path: module.path, line: lineOf(node), message });
    });
  }
  return found;
}
