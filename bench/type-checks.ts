import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { median, type Row } from './measure';
import { writeApplication, type ApplicationSize } from './generated-application';
import { ROUNDS } from './workload';

const LARGE: ApplicationSize = {
  resources: 300,
  actions: 10,
  roles: 60,
  controllers: 50,
  handlers: 20,
};
const EMPTY: ApplicationSize = { resources: 1, actions: 1, roles: 1, controllers: 1, handlers: 1 };

/** Runs a program and tells the CPU that it took, to which other processes add nothing. */
const TIMED = `
  process.on('exit', () => {
    const { user, system } = process.cpuUsage();
    console.log('CPU time: ' + (user + system) / 1e6);
  });
  process.argv.splice(1, 0, '');
  process.argv[1] = process.argv.splice(2, 1)[0];
  require(process.argv[1]);
`;

/** What `tsc --extendedDiagnostics` says of one run. */
interface Diagnostics {
  readonly cpuSeconds: number;
  readonly megabytes: number;
  readonly instantiations: number;
}

/** What a large catalogue costs the compiler, against the same application with next to nothing in it. */
export function typeChecks(): Row[] {
  const root = resolve(__dirname, '..');
  const folder = join(root, 'node_modules', '.cache', 'portcullis-bench');
  const [large, empty] = [join(folder, 'large'), join(folder, 'empty')];
  try {
    writeApplication(large, root, LARGE);
    writeApplication(empty, root, EMPTY);
    const pairs: (readonly [Diagnostics, Diagnostics])[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      pairs.push([diagnose(root, large), diagnose(root, empty)]);
    }
    return [
      row('seconds of CPU', pairs, ({ cpuSeconds }) => cpuSeconds, 2),
      row('MB of memory', pairs, ({ megabytes }) => megabytes, 0),
      row('instantiations', pairs, ({ instantiations }) => instantiations, 0),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function row(
  what: string,
  pairs: readonly (readonly [Diagnostics, Diagnostics])[],
  figure: (of: Diagnostics) => number,
  digits: number,
): Row {
  const large = median(pairs.map(([one]) => figure(one)));
  const empty = median(pairs.map(([, other]) => figure(other)));
  return {
    what: `type check, ${what}`,
    reached: large.toFixed(digits),
    bar: 'none',
    detail: `empty ${empty.toFixed(digits)}; ${(large - empty).toFixed(digits)} more for 3,000 permissions, 60 roles, 1,000 handlers`,
  };
}

function diagnose(root: string, project: string): Diagnostics {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = ['-e', TIMED, tsc, '--noEmit', '--extendedDiagnostics', '-p', project];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`tsc: ${stdout}`);
  const figure = (label: string) =>
    Number(new RegExp(`^${label}: +([\\d.]+)`, 'm').exec(stdout)?.[1]);
  return {
    cpuSeconds: figure('CPU time'),
    megabytes: figure('Memory used') / 1024,
    instantiations: figure('Instantiations'),
  };
}
