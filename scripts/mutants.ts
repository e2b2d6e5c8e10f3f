import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ModuleKind, ScriptTarget, transpileModule, type CompilerOptions } from 'typescript';
import { MUTANTS, type Mutant } from '../test/faults/mutants';

/**
 * Proves that each row of the fault suite can fail: applies one mutant at a time to a copy of the
 * tree, runs the tests of its row there, and demands that they fail.
 *
 *     npm run mutants              every mutant
 *     npm run mutants -- F-3 F-7   those of some rows
 */
const ROOT = resolve(__dirname, '..');
/** What differs from tree to tree, or takes no part in a test. */
const LEFT_OUT = new Set(['.git', '.data', 'node_modules', 'coverage']);

interface Outcome {
  readonly mutant: Mutant;
  readonly verdict: 'caught' | 'survived' | 'no test ran';
  readonly failures: readonly string[];
  readonly seconds: number;
}

function copyOfTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'portcullis-mutants-'));
  cpSync(ROOT, copy, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => !LEFT_OUT.has(source.slice(ROOT.length + 1)),
  });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** Tests of processes run what was built, so the changed file is compiled into the copy's `dist`. */
function write(copy: string, file: string, source: string): void {
  writeFileSync(join(copy, file), source);
  if (!file.endsWith('.ts')) return;
  const compilerOptions: CompilerOptions = {
    module: ModuleKind.CommonJS,
    target: ScriptTarget.ES2023,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    useDefineForClassFields: false,
    esModuleInterop: true,
  };
  const { outputText } = transpileModule(source, { compilerOptions, fileName: file });
  writeFileSync(join(copy, 'dist', file.replace(/\.ts$/, '.js')), outputText);
}

function run(copy: string, mutant: Mutant): Outcome {
  const original = readFileSync(join(copy, mutant.file), 'utf8');
  const built = mutant.file.replace(/\.ts$/, '.js');
  const before = readFileSync(join(copy, 'dist', built));
  const results = join(copy, 'results.json');
  rmSync(results, { force: true });
  const startedAt = performance.now();
  try {
    write(
      copy,
      mutant.file,
      original.replace(mutant.text, () => mutant.replacement),
    );
    spawnSync(
      process.execPath,
      [
        'node_modules/jest/bin/jest.js',
        mutant.test,
        '-t',
        `${mutant.row}\\b`,
        // A test that fails half-way may leave a timer or a connection open.
        '--forceExit',
        '--json',
        `--outputFile=${results}`,
      ],
      { cwd: copy, stdio: 'ignore' },
    );
  } finally {
    writeFileSync(join(copy, mutant.file), original);
    writeFileSync(join(copy, 'dist', built), before);
  }
  return { mutant, ...judge(results), seconds: (performance.now() - startedAt) / 1000 };
}

interface JestResults {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly title: string }[];
  }[];
}

function judge(results: string): Pick<Outcome, 'verdict' | 'failures'> {
  const { numPassedTests, testResults } = JSON.parse(readFileSync(results, 'utf8')) as JestResults;
  const failures = testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'failed').map(({ title }) => title),
  );
  if (failures.length > 0) return { verdict: 'caught', failures };
  return { verdict: numPassedTests > 0 ? 'survived' : 'no test ran', failures };
}

function main(rows: readonly string[]): void {
  const wanted = MUTANTS.filter(({ row }) => rows.length === 0 || rows.includes(row));
  if (wanted.length === 0) throw new Error(`no mutant of ${rows.join(', ')}`);
  const copy = copyOfTree();
  const outcomes: Outcome[] = [];
  try {
    for (const mutant of wanted) {
      const outcome = run(copy, mutant);
      outcomes.push(outcome);
      const { verdict, seconds } = outcome;
      console.log(
        `${mutant.row.padEnd(6)}${verdict.padEnd(13)}${seconds.toFixed(0)} s  ${mutant.why}`,
      );
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  const caught = outcomes.filter(({ verdict }) => verdict === 'caught').length;
  console.log(`\n${caught} of ${outcomes.length} caught`);
  process.exitCode = caught === outcomes.length ? 0 : 1;
}

main(process.argv.slice(2));
