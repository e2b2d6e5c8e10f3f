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

type Sampler = () => Promise<Sample>;

/** Asks for one route with the same headers for the time of a round. */
export function routeSampler(
  app: AppProcess,
  path: string,
  headers: Record<string, string>,
): Sampler {
  return async () => {
    const before = await app.cpuMicroseconds();
    const result = await autocannon({
      url: `${app.url}${path}`,
      connections: CONNECTIONS,
      duration: ROUND_SECONDS,
      headers,
    });
    if (result.non2xx > 0 || result.errors > 0) throw new Error(`${path}: refused or failed`);
    const used = (await app.cpuMicroseconds()) - before;
    return {
      perSecond: result.requests.total / result.duration,
      cpuMicroseconds: used / result.requests.total,
    };
  };
}

export async function guardedAgainstOpen(
  app: AppProcess,
  token: string,
  adapter: HttpAdapterName,
): Promise<Row[]> {
  // Every route gets the same headers, so that all of them parse the same request.
  const headers = { authorization: `Bearer ${token}`, 'x-tenant-id': TENANT_ID };
  const samplers = [...ROUTES.map(({ path }) => path), '/open'].map((path) =>
    routeSampler(app, path, headers),
  );
  const rounds = await inTurn(samplers);
  return ROUTES.flatMap(({ what }, index) =>
    compared(
      `${adapter}: ${what} ÷ open`,
      rounds.map((samples) => [samples[index]!, samples.at(-1)!]),
    ),
  );
}

/** Throughput and work of one sampler against those of another. */
export async function sampleRatio(what: string, one: Sampler, other: Sampler): Promise<Row[]> {
  const rounds = await inTurn([one, other]);
  return compared(
    what,
    rounds.map((samples) => [samples[0]!, samples[1]!]),
  );
}

/** One round to warm up, then as many as count. */
async function inTurn(samplers: readonly Sampler[]): Promise<Sample[][]> {
  const rounds: Sample[][] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const samples: Sample[] = [];
    for (const sample of samplers) samples.push(await sample());
    if (round > 0) rounds.push(samples);
  }
  return rounds;
}

function compared(what: string, pairs: readonly (readonly [Sample, Sample])[]): Row[] {
  const rate = (index: 0 | 1) => median(pairs.map((pair) => pair[index].perSecond)).toFixed(0);
  const cpu = (index: 0 | 1) => median(pairs.map((pair) => pair[index].cpuMicroseconds)).toFixed(1);
  const throughput = median(pairs.map(([one, other]) => one.perSecond / other.perSecond));
  const work = median(pairs.map(([one, other]) => other.cpuMicroseconds / one.cpuMicroseconds));
  return [
    {
      what: `${what}, throughput`,
      reached: throughput.toFixed(3),
      bar: '≥ 0.90',
      detail: `${rate(0)}/s against ${rate(1)}/s`,
    },
    {
      what: `${what}, CPU a request (inverse)`,
      reached: work.toFixed(3),
      bar: '≥ 0.90',
      detail: `${cpu(0)} µs against ${cpu(1)} µs`,
    },
  ];
}
