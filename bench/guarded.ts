import autocannon from 'autocannon';
import type { AppProcess } from './app-process';
import { median, type Row } from './measure';
import { CONNECTIONS, ROUND_SECONDS, ROUNDS, TENANT_ID, type HttpAdapterName } from './workload';

interface Sample {
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
}

/** Guarded routes against the same handler open, in the same application. */
const ROUTES = [
  { path: '/guarded', what: 'guarded' },
  { path: '/in-tenant', what: 'guarded by roles and permissions in a tenant' },
] as const;

export async function guardedAgainstOpen(
  app: AppProcess,
  token: string,
  adapter: HttpAdapterName,
): Promise<Row[]> {
  const sample = async (path: string): Promise<Sample> => {
    const before = await app.cpuMicroseconds();
    const result = await autocannon({
      url: `${app.url}${path}`,
      connections: CONNECTIONS,
      duration: ROUND_SECONDS,
      // Every route gets the same headers, so that all of them parse the same request.
      headers: { authorization: `Bearer ${token}`, 'x-tenant-id': TENANT_ID },
    });
    if (result.non2xx > 0 || result.errors > 0) throw new Error(`${path}: refused or failed`);
    const used = (await app.cpuMicroseconds()) - before;
    return {
      perSecond: result.requests.total / result.duration,
      cpuMicroseconds: used / result.requests.total,
    };
  };
  const paths = [...ROUTES.map(({ path }) => path), '/open'];
  for (const path of paths) await sample(path);
  const rounds: Sample[][] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const samples: Sample[] = [];
    for (const path of paths) samples.push(await sample(path));
    rounds.push(samples);
  }
  return ROUTES.flatMap(({ what }, index) =>
    compared(
      `${adapter}: ${what}`,
      rounds.map((samples) => [samples[index]!, samples.at(-1)!]),
    ),
  );
}

function compared(what: string, pairs: readonly (readonly [Sample, Sample])[]): Row[] {
  const rate = (index: 0 | 1) => median(pairs.map((pair) => pair[index].perSecond)).toFixed(0);
  const cpu = (index: 0 | 1) => median(pairs.map((pair) => pair[index].cpuMicroseconds)).toFixed(1);
  const throughput = median(pairs.map(([guarded, open]) => guarded.perSecond / open.perSecond));
  const work = median(
    pairs.map(([guarded, open]) => open.cpuMicroseconds / guarded.cpuMicroseconds),
  );
  return [
    {
      what: `${what} ÷ open, throughput`,
      reached: throughput.toFixed(3),
      bar: '≥ 0.90',
      detail: `${rate(0)}/s against ${rate(1)}/s`,
    },
    {
      what: `${what}, CPU a request: open ÷ guarded`,
      reached: work.toFixed(3),
      bar: '≥ 0.90',
      detail: `${cpu(1)} µs against ${cpu(0)} µs`,
    },
  ];
}
