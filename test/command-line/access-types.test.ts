import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  createProgram,
  flattenDiagnosticMessageText,
  getPreEmitDiagnostics,
  ModuleKind,
  ModuleResolutionKind,
} from 'typescript';
import { record, type Recording } from './recording-terminal';

const APPLICATIONS = resolve('test/command-line/access-applications.ts');

describe('access:types', () => {
  let directory: string;
  beforeEach(() => {
    // Below the repository, so that the compiler finds the packages.
    directory = mkdtempSync(resolve('node_modules', '.portcullis-types-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const run = (name: string, ...args: readonly string[]): Promise<Recording> =>
    record(['--app', `${APPLICATIONS}#${name}`, ...args], { directory });
  const written = () => readFileSync(join(directory, 'access.gen.ts'), 'utf8');

  /** What the compiler says of a page, with the types of the catalogue at hand. */
  function compile(page: string): string[] {
    writeFileSync(
      join(directory, 'page.ts'),
      `import type { AuthClient } from '@portcullis/client';\ndeclare const auth: AuthClient;\n${page}`,
    );
    const files = ['access.gen.ts', 'page.ts'].map((file) => join(directory, file));
    const program = createProgram(files, {
      noEmit: true,
      strict: true,
      skipLibCheck: true,
      types: [],
      lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
      module: ModuleKind.ESNext,
      moduleResolution: ModuleResolutionKind.Bundler,
      paths: { '@portcullis/client': [resolve('packages/client/src/index.ts')] },
    });
    return getPreEmitDiagnostics(program).map(({ messageText }) =>
      flattenDiagnosticMessageText(messageText, '\n'),
    );
  }

  it('writes the permissions and roles of an application that is never started', async () => {
    expect(await run('strict', 'access:types')).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/^access\.gen\.ts written: \d+ permissions, 3 roles\n$/),
      stderr: '',
    });
    expect(written()).toContain("      | 'things:read'\n      | 'things:write';\n");
    expect(written()).toContain(
      "    role:\n      | 'administrator'\n      | 'reader'\n      | 'writer';\n",
    );
  });

  it('a page that asks for what the server does not know does not compile', async () => {
    await run('strict', 'access:types');
    expect(compile("auth.can('things:read', 'things:write'); auth.hasRole('reader');")).toEqual([]);
    expect(compile("auth.can('things:raed');")).toEqual([
      expect.stringContaining(`'"things:raed"' is not assignable`),
    ]);
    expect(compile("auth.hasRole('raeder');")).toEqual([
      expect.stringContaining(`'"raeder"' is not assignable`),
    ]);
  });

  it('--check writes nothing and fails when the file is missing or says something else', async () => {
    const missing = await run('strict', 'access:types', '--check');
    expect(missing).toMatchObject({ exitCode: 1, stdout: '' });
    expect(missing.stderr).toContain(
      'portcullis: access_types_outdated: access.gen.ts does not say',
    );
    expect(written).toThrow('ENOENT');

    await run('strict', 'access:types');
    const current = await run('strict', 'access:types', '--check');
    expect(current).toMatchObject({ exitCode: 0, stderr: '' });
    expect(current.stdout).toMatch(/^access\.gen\.ts is current: /);

    const file = join(directory, 'access.gen.ts');
    const edited = written().replace('things:write', 'things:erase');
    writeFileSync(file, edited);
    expect((await run('strict', 'access:types', '--check')).exitCode).toBe(1);
    expect(written()).toBe(edited);
  });

  it('prints one JSON document and writes the file that is named', async () => {
    const { stdout } = await run('strict', '--json', 'access:types', '--file', 'types.ts');
    expect(JSON.parse(stdout)).toMatchObject({ file: 'types.ts', roles: 3, written: true });
    expect(readFileSync(join(directory, 'types.ts'), 'utf8')).toContain("'things:read'");
  });
});
