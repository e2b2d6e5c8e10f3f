import { join } from 'node:path';
import * as ts from 'typescript';

const root = join(__dirname, '../..');
const entry = join(__dirname, 'entry.ts');
const team = join(__dirname, 'team.ts');

/** The shape of the package entry: names re-exported one by one. */
const ENTRY = `
  export type { Register, Permission, RoleName } from '../../src/route-access/register';
  export { defineAccess } from '../../src/route-access/define-access';
  export { RequireAnyPermission, RequirePermissions, Roles } from '../../src/route-access/access.decorators';
`;

const CATALOGUE = `
  import { defineAccess, RequireAnyPermission, RequirePermissions, Roles, type Permission, type RoleName } from '@portcullis/nest';
  export const access = defineAccess({
    permissions: { invoices: ['read'] },
    roles: { viewer: { grants: ['invoices:read'] } },
  });
`;

const REGISTRATION = `
  declare module '@portcullis/nest' { interface Register { access: typeof access } }
`;

function diagnose(sources: Readonly<Record<string, string>>, files: readonly string[]): string[] {
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
    options: { ...options, noEmit: true, types: ['node'], paths: { '@portcullis/nest': [entry] } },
    host,
  });
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

describe('the compiler', () => {
  it('accepts and refuses what types/catalogue.types.ts says', () => {
    expect(diagnose({}, [join(__dirname, 'types/catalogue.types.ts')])).toEqual([]);
  });

  it('knows the registered catalogue in every decorator', () => {
    const use = `
      export const permission: Permission = 'invoices:read';
      export const library: Permission = 'auth.users:read';
      export const role: RoleName = 'viewer';
      export class Controller {
        @RequirePermissions('invoices:read', 'auth.users:read') @Roles('viewer', 'administrator') accepted(): void {}
        @RequireAnyPermission('invoices:read', 'auth.users:read') any(): void {}
        // @ts-expect-error a misspelt permission
        @RequirePermissions('invoices:reed')
        // @ts-expect-error a misspelt permission among any
        @RequireAnyPermission('invoices:read', 'invoices:reed')
        // @ts-expect-error a wildcard
        @RequirePermissions('invoices:*')
        // @ts-expect-error a wildcard among any
        @RequireAnyPermission('auth.*')
        // @ts-expect-error an unknown role
        @Roles('nobody')
        refused(): void {}
      }`;

    expect(
      diagnose({ [entry]: ENTRY, [team]: CATALOGUE + REGISTRATION + use }, [entry, team]),
    ).toEqual([]);
  });

  it('knows nothing but the library where nobody registered', () => {
    const use = `
      export const library: Permission = 'auth.users:read';
      export const reserved: RoleName = 'administrator';
      // @ts-expect-error a permission of a catalogue that is not registered
      export const own: Permission = 'invoices:read';
      // @ts-expect-error a role of a catalogue that is not registered
      export const role: RoleName = 'viewer';
      export class Controller {
        @RequirePermissions('auth.users:read') @Roles('administrator') accepted(): void {}
        // @ts-expect-error a permission of a catalogue that is not registered
        @RequireAnyPermission('invoices:read')
        refused(): void {}
      }`;

    expect(diagnose({ [entry]: ENTRY, [team]: CATALOGUE + use }, [entry, team])).toEqual([]);
  });
});
