import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { record, type Recording } from './recording-terminal';

const APPLICATIONS = resolve('test/command-line/access-applications.ts');

describe('the access commands', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'portcullis-access-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const run = (name: string, ...args: readonly string[]): Promise<Recording> =>
    record(['--app', `${APPLICATIONS}#${name}`, ...args], { directory });

  async function lock(name: string): Promise<void> {
    expect(await run(name, 'access:lock')).toMatchObject({ exitCode: 0, stderr: '' });
  }

  it('list the routes of an application that is never started, and who reaches them', async () => {
    const { exitCode, stdout, stderr } = await run('strict', 'access:map');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^GET \/shop\/things +permission things:write {2}\[writer\]$/m);
    expect(stdout).toMatch(/^POST \/auth\/login +public/m);
  });

  it('list the paths that the given function configures', async () => {
    const configure = ['--configure', `${APPLICATIONS}#configureRoutes`];
    const { stdout } = await run('strict', 'access:map', '--format', 'markdown', ...configure);
    expect(stdout).toContain('| `GET /api/v1/shop/things` | permission things:write |');
    expect(stdout).toContain('`POST /api/auth/login`');

    const settings = {
      app: `${APPLICATIONS}#strict`,
      configure: `${APPLICATIONS}#configureRoutes`,
      adapter: 'fastify',
    };
    writeFileSync(join(directory, 'package.json'), JSON.stringify({ portcullis: settings }));
    const named = await record(['access:map', '--format', 'json'], { directory });
    expect(named).toMatchObject({ exitCode: 0, stderr: '' });
    const { routes } = JSON.parse(named.stdout) as { routes: { name: string }[] };
    expect(routes.map(({ name }) => name)).toContain('/api/v1/shop/things');
  });

  it('AZ-1: find nothing to say while access is what was accepted', async () => {
    await lock('strict');
    expect(await run('strict', 'access:diff')).toEqual({
      exitCode: 0,
      stdout: 'Access is as access.lock.json says.\n',
      stderr: '',
    });
  });

  it.each([
    [
      'a requirement was loosened',
      'strict',
      'loosened',
      'widened GET /shop/things: no longer needs',
    ],
    [
      'a public route is new',
      'strict',
      'opened',
      'newly_public GET /shop/open: new and public: anybody',
    ],
    [
      'a role was granted more',
      'ungranted',
      'strict',
      'widened role writer: has permission things:write',
    ],
    [
      'routes without a declaration are no longer refused',
      'strict',
      'lenient',
      'widened setting unannotated: was refuse, is authenticated',
    ],
  ])('AZ-1: fail while %s, until that is accepted', async (_, before, after, line) => {
    await lock(before);
    const failed = await run(after, 'access:diff');
    expect(failed.exitCode).toBe(1);
    expect(failed.stdout).toContain(`! ${line}`);
    expect(failed.stderr).toMatch(/^portcullis: access_widened: \d of these changes widen access/);
    expect(failed.stderr).toContain('run "portcullis access:lock" and commit access.lock.json');

    await lock(after);
    expect((await run(after, 'access:diff')).exitCode).toBe(0);
  });

  it('let pass what only narrows, and say that the lock is to be brought up to date', async () => {
    await lock('strict');
    const { exitCode, stdout, stderr } = await run('narrowed', 'access:diff');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('  narrowed GET /shop/things: needs permission things:read');
    expect(stderr).toContain('run "portcullis access:lock"');
  });

  it('print one JSON document', async () => {
    const file = ['--file', 'other.json'];
    await run('strict', 'access:lock', ...file);
    const { exitCode, stdout, stderr } = await run('loosened', '--json', 'access:diff', ...file);
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      widened: 1,
      isCurrent: false,
      differences: [
        { kind: 'renamed', widens: false },
        { kind: 'widened', widens: true, subject: 'GET /shop/things' },
      ],
    });
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'access_widened' } });
  });

  it('AZ-1: lock no application that would not start', async () => {
    const { exitCode, stderr } = await run('silent', 'access:lock');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('SilentController.read() in test/command-line/access-applications.ts');
    expect(() => readFileSync(join(directory, 'access.lock.json'))).toThrow('ENOENT');
  });

  it('AZ-1: ask for a new lock where the old one says no settings', async () => {
    await lock('strict');
    const file = join(directory, 'access.lock.json');
    const { settings, ...old } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    expect(settings).toEqual({ globalGuards: true, unannotated: 'refuse' });
    writeFileSync(file, JSON.stringify(old));
    const { exitCode, stderr } = await run('strict', 'access:diff');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('it does not say which settings it was written with');
    await lock('strict');
    expect((await run('strict', 'access:diff')).exitCode).toBe(0);
  });

  it.each<[string, string, readonly string[], string]>([
    ['there is no lock file', 'strict', ['access:diff'], 'access.lock.json does not exist'],
    ['the lock file is damaged', 'strict', ['access:diff', '--file', 'bad.json'], 'it is not JSON'],
    ['the format is unknown', 'strict', ['access:map', '--format', 'xml'], 'xml'],
    ['the application is another', 'ForeignModule', ['access:map'], 'does not import AuthModule'],
    [
      'the function is none',
      'strict',
      ['access:map', '--configure', `${APPLICATIONS}#none`],
      'none',
    ],
  ])('exit with 2 when %s', async (_, name, args, message) => {
    writeFileSync(join(directory, 'bad.json'), '<<<<<<< HEAD');
    const { exitCode, stderr } = await run(name, ...args);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
  });
});
