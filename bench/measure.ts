/** Work per second of a closed loop: each worker starts its next step when its last one ended. */
export async function ratePerSecond(
  workers: number,
  seconds: number,
  step: (worker: number) => Promise<unknown>,
): Promise<number> {
  const startedAt = performance.now();
  const deadline = startedAt + seconds * 1000;
  let steps = 0;
  const work = async (worker: number) => {
    while (performance.now() < deadline) {
      await step(worker);
      steps += 1;
    }
  };
  await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)));
  return steps / ((performance.now() - startedAt) / 1000);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Two measurements in turn, A B A B …, so that a machine whose speed drifts favours neither. */
export async function interleaved(
  rounds: number,
  first: () => Promise<number>,
  second: () => Promise<number>,
): Promise<{ readonly first: number; readonly second: number; readonly ratio: number }> {
  const pairs: (readonly [number, number])[] = [];
  for (let round = 0; round < rounds; round += 1) pairs.push([await first(), await second()]);
  return {
    first: median(pairs.map(([one]) => one)),
    second: median(pairs.map(([, other]) => other)),
    ratio: median(pairs.map(([one, other]) => one / other)),
  };
}

/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly reached: string;
  readonly bar: string;
  readonly detail: string;
  /** Over a bar that depends on no machine: the run fails. */
  readonly missed?: boolean;
}

export function printTable(rows: readonly Row[]): void {
  console.log('| what | reached | bar | detail |');
  console.log('|---|---|---|---|');
  for (const { what, reached, bar, detail } of rows) {
    console.log(`| ${what} | ${reached} | ${bar} | ${detail} |`);
  }
}
