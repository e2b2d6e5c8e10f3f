import { escapes, privateImports, unknownFolders, upwardImports } from './layer-rules';
import { graphOf } from './module-graph';

const empty = '';

function messagesOf(violations: readonly { readonly message: string }[]): string[] {
  return violations.map(({ message }) => message);
}

describe('unknownFolders', () => {
  it('reports a folder that the layer table does not name, and a stray file', () => {
    const graph = graphOf({ 'src/utils/strings.ts': empty, 'src/strings.ts': empty });
    expect(messagesOf(unknownFolders(graph))).toEqual([
      'the folder utils/ is not in the layer table',
      'only auth.module.ts, entities.ts, index.ts may lie directly in src/',
    ]);
  });

  it('accepts the folders of the table and the composition root', () => {
    const graph = graphOf({ 'src/tokens/tokens.service.ts': empty, 'src/auth.module.ts': empty });
    expect(unknownFolders(graph)).toEqual([]);
  });
});

describe('upwardImports', () => {
  const target = { 'src/sessions/session.ts': empty, 'src/clock/clock.ts': empty };

  it.each([
    ['upward', 'src/audit/audit.service.ts', `import '../sessions/session';`],
    ['sideways', 'src/passwords/a.ts', `import { Session } from '../sessions/session';`],
    ['upward as a type', 'src/clock/b.ts', `import type { S } from '../sessions/session';`],
    ['upward in a type position', 'src/keys/c.ts', `let s: import('../sessions/session').S;`],
    ['upward at run time', 'src/keys/d.ts', `void import('../sessions/session');`],
    ['upward by require', 'src/keys/e.ts', `require('../sessions/session');`],
    ['upward by export', 'src/keys/f.ts', `export { S } from '../sessions/session';`],
    ['upward with a file ending', 'src/keys/g.ts', `import '../sessions/session.js';`],
  ])('reports an import that looks %s', (_direction, path, text) => {
    expect(upwardImports(graphOf({ ...target, [path]: text }))).toMatchObject([{ path, line: 1 }]);
  });

  it('reports an import of the composition root, by path and by name', () => {
    const graph = graphOf({
      'src/index.ts': empty,
      'src/auth.module.ts': empty,
      'src/testing/a.ts': `import '../auth.module'; import '@portcullis/nest';`,
    });
    expect(messagesOf(upwardImports(graph))).toEqual([
      'imports src/auth.module.ts, which sees everything',
      'imports src/index.ts, which sees everything',
    ]);
  });

  it('accepts imports that look down, within a capability, and sideways in row 0', () => {
    const graph = graphOf({
      ...target,
      'src/database/database.ts': `import '../clock/clock';`,
      'src/authentication/a.ts': `import '../sessions/session'; import './b';`,
      'src/authentication/b.ts': empty,
      'src/auth.module.ts': `import './sessions/session';`,
    });
    expect(upwardImports(graph)).toEqual([]);
  });
});

describe('privateImports', () => {
  it.each(['repository', 'entity', 'dto'])('reports an import of a foreign %s', (kind) => {
    const file = `src/accounts/account.${kind}.ts`;
    const text = `import type { Account } from '../accounts/account.${kind}';`;
    const graph = graphOf({ [file]: empty, 'src/sessions/session.service.ts': text });
    expect(privateImports(graph)).toMatchObject([{ path: 'src/sessions/session.service.ts' }]);
  });

  it("accepts a capability's own repository and a foreign service", () => {
    const graph = graphOf({
      'src/sessions/sessions.repository.ts': empty,
      'src/accounts/accounts.service.ts': empty,
      'src/sessions/sessions.service.ts': `import './sessions.repository'; import '../accounts/accounts.service';`,
    });
    expect(privateImports(graph)).toEqual([]);
  });
});

describe('escapes', () => {
  it('reports an import of the server, of a missing file, and of migrations from low rows', () => {
    const graph = graphOf({
      'server/env.ts': empty,
      'migrations/index.ts': empty,
      'src/keys/a.ts': `import '../../server/env';\nimport './missing';\nimport '../../migrations/index';`,
    });
    expect(escapes(graph)).toMatchObject([{ line: 1 }, { line: 2 }, { line: 3 }]);
  });

  it('lets the command line run the migrations', () => {
    const graph = graphOf({
      'migrations/index.ts': empty,
      'src/command-line/migrate.ts': `import '../../migrations/index';`,
    });
    expect(escapes(graph)).toEqual([]);
  });
});
