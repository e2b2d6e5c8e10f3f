import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ts from 'typescript';

const root = join(__dirname, '../..');
const CONDITIONS = join(root, 'src/conditions');
const IMPORTS = `
  import { and, eq, inTenant, isIn, not, or, ownedBy } from '../../src/conditions/builders';
  import type { Condition } from '../../src/conditions/condition';
  import { matches } from '../../src/conditions/matches';
  import { findWhereOf, whereOf } from '../../src/conditions/where-of';
  import type { Principal } from '../../src/route-access/principal';
  import type { Repository } from 'typeorm';
`;

function diagnose(files: readonly string[], sources: Readonly<Record<string, string>>): string[] {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  host.readFile = (name) => sources[name] ?? readFile(name);
  host.fileExists = (name) => name in sources || fileExists(name);
  const program = ts.createProgram({
    rootNames: files,
    // Each example imports everything and uses some of it.
    options: { ...options, noEmit: true, noUnusedLocals: false, types: ['node'] },
    host,
  });
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ file, messageText }) =>
      [file?.fileName, ts.flattenDiagnosticMessageText(messageText, '\n')].join(': '),
    );
}

/** The code after each `@example` of a file. */
function examplesOf(file: string): string[] {
  const text = readFileSync(join(CONDITIONS, file), 'utf8');
  return [...text.matchAll(/@example\n((?: \* [^@\n].*\n)+)/g)].map(([, code]) =>
    (code ?? '').replaceAll(/^ \* /gm, ''),
  );
}

describe('the compiler', () => {
  const examples = ['builders.ts', 'matches.ts', 'where-of.ts'].flatMap(examplesOf);
  const sources = Object.fromEntries(
    examples.map((code, index) => [join(__dirname, `example-${index}.ts`), IMPORTS + code]),
  );

  it('accepts and refuses what types/condition.types.ts says', () => {
    expect(diagnose([join(__dirname, 'types/condition.types.ts')], {})).toEqual([]);
  });

  it('accepts every example of the documentation', () => {
    expect(examples).toHaveLength(10);
    expect(diagnose(Object.keys(sources), sources)).toEqual([]);
  });
});
