import { execFile } from 'node:child_process';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { developmentSecrets, developmentSecretsPath } from '../../server/development-secrets';

const BUILT = join(__dirname, '../../dist/server/development-secrets.js');

describe('the generated secrets of development', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'portcullis-secrets-'));
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  it('are made once, and are the same on every later start', () => {
    const first = developmentSecrets(directory);
    expect(developmentSecrets(directory)).toEqual(first);
    expect(first.secrets[0]).toHaveLength(64);
    expect(first.peppers[0]?.secret).not.toBe(first.secrets[0]);
  });

  it('lie in a file of mode 0600 in a folder of mode 0700, with nothing beside them', () => {
    developmentSecrets(directory);
    const path = developmentSecretsPath(directory);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    expect(readdirSync(dirname(path))).toEqual(['development.json']);
  });

  it('are refused when others can read them', () => {
    developmentSecrets(directory);
    chmodSync(developmentSecretsPath(directory), 0o640);
    expect(() => developmentSecrets(directory)).toThrow(/owner only/);
  });

  it.each(['', '{', 'null', '{"secrets":"x"}'])('are refused when the file holds %j', (text) => {
    const { secrets } = developmentSecrets(directory);
    writeFileSync(developmentSecretsPath(directory), text);
    expect(() => developmentSecrets(directory)).toThrow(/changed or damaged/);
    expect(readFileSync(developmentSecretsPath(directory), 'utf8')).not.toContain(secrets[0]);
  });

  it('are agreed on by processes that start together', async () => {
    const script = `const { developmentSecrets } = require(${JSON.stringify(BUILT)});
      while (Date.now() < Number(process.argv[2]));
      process.stdout.write(JSON.stringify(developmentSecrets(process.argv[1])));`;
    const startAt = String(Date.now() + 3000);
    const answers = await Promise.all(
      Array.from({ length: 4 }, () =>
        promisify(execFile)(process.execPath, ['-e', script, directory, startAt]),
      ),
    );
    const agreed = new Set(answers.map(({ stdout }) => stdout));
    expect([...agreed]).toEqual([JSON.stringify(developmentSecrets(directory))]);
  });
});
