import { spawn } from 'node:child_process';
import { once } from 'node:events';
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
import { text } from 'node:stream/consumers';
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
      process.stdout.write('ready ');
      process.stdin.once('data', () => {
        process.stdout.write(JSON.stringify(developmentSecrets(process.argv[1])));
        process.stdin.destroy();
      });`;
    const children = Array.from({ length: 3 }, () =>
      spawn(process.execPath, ['-e', script, directory], { stdio: ['pipe', 'pipe', 'inherit'] }),
    );
    const answers = children.map(({ stdout }) => text(stdout));
    await Promise.all(children.map(({ stdout }) => once(stdout, 'readable')));
    for (const { stdin } of children) stdin.write('go');
    const agreed = new Set(await Promise.all(answers));
    expect([...agreed]).toEqual([`ready ${JSON.stringify(developmentSecrets(directory))}`]);
  });
});
