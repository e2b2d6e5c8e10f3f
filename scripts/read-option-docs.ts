import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** An option, or a section of options, as its declaration describes it. */
export interface OptionDoc {
  /** Dotted, as in boot errors: `sessions.idleTimeoutSeconds`, `passwordPeppers[].version`. */
  readonly path: string;
  readonly text: string;
  readonly type: string;
  readonly required: boolean;
  /** The `@default` of its docstring. */
  readonly defaultText?: string;
  /** Options of the section, or of the elements of the list. */
  readonly members: readonly OptionDoc[];
}

type Interfaces = ReadonlyMap<string, ts.InterfaceDeclaration>;

/** Reads the docstrings of an interface of options and of every interface below it. */
export function readOptionDocs(
  folder: string,
  name: 'AuthOptions' | 'StructuralAuthOptions',
): { text: string; options: readonly OptionDoc[] } {
  const interfaces = new Map<string, ts.InterfaceDeclaration>();
  for (const entry of readdirSync(folder)) {
    const source = readFileSync(join(folder, entry), 'utf8');
    const file = ts.createSourceFile(entry, source, ts.ScriptTarget.ES2023, true);
    for (const statement of file.statements) {
      if (ts.isInterfaceDeclaration(statement)) interfaces.set(statement.name.text, statement);
    }
  }
  const root = interfaces.get(name);
  if (root === undefined) throw new Error(`No interface ${name} in ${folder}`);
  return { text: docText(root), options: describeMembers(root, '', interfaces) };
}

function describeMembers(
  declaration: ts.InterfaceDeclaration,
  prefix: string,
  interfaces: Interfaces,
): readonly OptionDoc[] {
  return declaration.members.filter(ts.isPropertySignature).map((member) => {
    const type = member.type?.getText() ?? '';
    const list = /^readonly (\w+)\[\]$/.exec(type)?.[1];
    const nested = interfaces.get(list ?? type);
    const path = `${prefix}${member.name.getText()}`;
    const text = docText(member);
    if (text === '' && nested === undefined && !path.startsWith('throttling.')) {
      throw new Error(`${path} has no docstring`);
    }
    return {
      path,
      text,
      type: type.replace(/^readonly /, ''),
      required: member.questionToken === undefined,
      defaultText: tagText(member, 'default'),
      members:
        nested === undefined
          ? []
          : describeMembers(nested, list === undefined ? `${path}.` : `${path}[].`, interfaces),
    };
  });
}

function docText(node: ts.Node): string {
  const [doc] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  return oneParagraph(ts.getTextOfJSDocComment(doc?.comment));
}

function tagText(node: ts.Node, tag: string): string | undefined {
  const found = ts.getJSDocTags(node).find(({ tagName }) => tagName.text === tag);
  return found === undefined ? undefined : oneParagraph(ts.getTextOfJSDocComment(found.comment));
}

function oneParagraph(text: string | undefined): string {
  return (text ?? '').replace(/\s+/g, ' ').trim();
}
