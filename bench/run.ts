import { mkdtempSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeDevPostgres, startDevPostgres, type DevPostgres } from '@portcullis/dev-postgres';
import { printTable } from './measure';
import { SECTIONS, type BenchPostgres } from './sections';

/** Starts all it needs, measures, prints a table for each section, and leaves nothing behind. */
async function main(chosen: readonly string[]): Promise<void> {
  const unknown = chosen.filter((name) => !(name in SECTIONS));
  if (unknown.length > 0) {
    throw new Error(`No section ${unknown.join(', ')}: ${Object.keys(SECTIONS).join(', ')}`);
  }
  console.log(
    `Node ${process.version}, ${availableParallelism()} cores shared by client, server and database`,
  );
  for (const [name, measure] of Object.entries(SECTIONS)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue;
    const before = load();
    const rows = await withPostgres(measure);
    console.log(`\n## ${name} (load average ${before} before, ${load()} after)\n`);
    printTable(rows);
    if (rows.some(({ missed }) => missed)) process.exitCode = 1;
  }
}

/** One server for each section that asks for one, with a log in which applications can be told apart. */
async function withPostgres<Result>(
  measure: (postgres: () => Promise<BenchPostgres>) => Promise<Result>,
): Promise<Result> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
  let server: DevPostgres | undefined;
  try {
    return await measure(async () => {
      server = await startDevPostgres({ dataDirectory, settings: { log_line_prefix: '%a|' } });
      return { server, dataDirectory };
    });
  } finally {
    await server?.stop();
    await removeDevPostgres(dataDirectory);
  }
}

/** Of the last minute: above the number of cores, others used the machine too. */
function load(): string {
  return loadavg()[0]!.toFixed(1);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  // An application that a failed section left behind would keep this process, and itself, alive.
  process.exit(1);
});
