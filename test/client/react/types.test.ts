import { join } from 'node:path';
import * as ts from 'typescript';

const USE = `
  import { createElement } from 'react';
  import { Can, RequireAuth, useCan, useRole } from '@portcullis/client/react';
  import type {} from '@portcullis/client';
  declare module '@portcullis/client' {
    interface Register { permission: 'invoices:read' | 'invoices:approve'; role: 'clerk' }
  }
  export function Use() {
    useCan('invoices:read', 'invoices:approve');
    useRole('clerk');
    createElement(Can, { permission: 'invoices:read' });
    createElement(Can, { permissions: ['invoices:read'], mode: 'any' });
    createElement(RequireAuth, { permission: 'invoices:approve' });
  }`;

/** What the compiler says of a file of an application that registered its permissions. */
function complaintsOf(text: string): string[] {
  const file = join(__dirname, 'application.ts');
  const { config } = ts.readConfigFile(join(__dirname, 'tsconfig.json'), ts.sys.readFile) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(
    { ...config.compilerOptions, module: 'nodenext', strict: true, skipLibCheck: true, types: [] },
    __dirname,
  );
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  host.readFile = (name) => (name === file ? text : readFile(name));
  host.fileExists = (name) => name === file || fileExists(name);
  const program = ts.createProgram({ rootNames: [file], options, host });
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

it('permissions and roles are those of the catalogue that a team registered', () => {
  expect(complaintsOf(USE)).toEqual([]);
});

it.each([
  ["useCan('invoices:read', 'invoices:approve')", "useCan('invoces:read')"],
  ["useRole('clerk')", "useRole('clark')"],
  ["permission: 'invoices:read'", "permission: 'invoces:read'"],
  ["permissions: ['invoices:read'], mode", "permissions: ['invoces:read'], mode"],
  ["permission: 'invoices:approve' }", "permission: 'invoces:approve' }"],
  ["mode: 'any'", "mode: 'any', permission: 'invoices:read'"],
])('the compiler refuses what is misspelt: not %s', (right, wrong) => {
  expect(USE).toContain(right);
  expect(complaintsOf(USE.replace(right, wrong))).not.toEqual([]);
});
