import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AUTH_NUMBERS, AUTH_TEXTS } from '../../server/env-auth-options';
import { ERROR_CODES } from '../../src/errors/error-codes';
import { PASSWORD_BOUNDS } from '../../src/options/password-options';

const ROOT = join(__dirname, '..', '..');
const COMMAND = 'node -r @swc-node/register scripts/generate-docs.ts';

function generate(...given: string[]): { status: number | null; stderr: string } {
  const [program, ...rest] = COMMAND.split(' ');
  return spawnSync(program!, [...rest, ...given], { cwd: ROOT, encoding: 'utf8' });
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-docs-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

it('the committed pages are what the code says', () => {
  expect(generate('--check')).toMatchObject({ status: 0, stderr: '' });
});

it('a page that differs or is missing fails the check, which names the command to run', () => {
  cpSync(join(ROOT, 'docs', 'errors.md'), join(folder, 'errors.md'));
  const missing = generate('--check', folder);
  expect(missing.status).toBe(1);
  expect(missing.stderr).toContain(`configuration.md is not what the code says. Run: ${COMMAND}`);
  expect(missing.stderr).not.toContain('errors.md');

  appendFileSync(join(folder, 'errors.md'), '\nchanged by hand\n');
  const changed = generate('--check', folder);
  expect(changed.status).toBe(1);
  expect(changed.stderr).toContain(`errors.md is not what the code says. Run: ${COMMAND}`);
});

it('the pages hold every code, and every bound with its reason', () => {
  const errors = readFileSync(join(ROOT, 'docs', 'errors.md'), 'utf8');
  for (const [code, { remedy }] of Object.entries(ERROR_CODES)) {
    expect(errors).toContain(`\`${code}\``);
    expect(errors).toContain(remedy);
  }
  const configuration = readFileSync(join(ROOT, 'docs', 'configuration.md'), 'utf8');
  for (const [name, { min, max, reason }] of Object.entries(PASSWORD_BOUNDS)) {
    expect(configuration).toContain(`### \`passwords.${name}\``);
    expect(configuration).toContain(`an integer from ${min} to ${max}, because ${reason}`);
  }
});

it('the page of the server holds its variables, what they accept, and which are required', () => {
  const page = readFileSync(join(ROOT, 'docs', 'server-environment.md'), 'utf8');
  for (const name of Object.keys({ ...AUTH_NUMBERS, ...AUTH_TEXTS, PORT: '', HOST: '' })) {
    expect(page).toContain(`## \`${name}\`\n`);
  }
  const { min, max, reason } = PASSWORD_BOUNDS.cost;
  expect(page).toContain(`Accepted: an integer from ${min} to ${max}, because ${reason}`);
  expect(page.match(/- Required in production/g)).toHaveLength(4);
});
