import autocannon from 'autocannon';
import type { AppProcess } from './app-process';
import { median, type Row } from './measure';
import { CONNECTIONS, ROUND_SECONDS, ROUNDS } from './workload';

interface Sample {
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
}

/** A guarded route against the same route open, in the same application. */
export async function guardedAgainstOpen(app: AppProcess, token: string): Promise<Row[]> {
  const sample = async (path: string): Promise<Sample> => {
    const before = await app.cpuMicroseconds();
    const result = await autocannon({
      url: `${app.url}${path}`,
      connections: CONNECTIONS,
      duration: ROUND_SECONDS,
      // The open route gets the same header, so that both parse the same request.
      headers: { authorization: `Bearer ${token}` },
    });
    if (result.non2xx > 0 || result.errors > 0) throw new Error(`${path}: refused or failed`);
    const used = (await app.cpuMicroseconds()) - before;
    return {
      perSecond: result.requests.total / result.duration,
      cpuMicroseconds: used / result.requests.total,
    };
  };
  await sample('/open');
  await sample('/guarded');
  const pairs: (readonly [Sample, Sample])[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    pairs.push([await sample('/guarded'), await sample('/open')]);
  }
  const rate = (index: 0 | 1) => median(pairs.map((pair) => pair[index].perSecond)).toFixed(0);
  const cpu = (index: 0 | 1) => median(pairs.map((pair) => pair[index].cpuMicroseconds)).toFixed(1);
  const throughput = median(pairs.map(([guarded, open]) => guarded.perSecond / open.perSecond));
  const work = median(
    pairs.map(([guarded, open]) => open.cpuMicroseconds / guarded.cpuMicroseconds),
  );
  return [
    {
      what: 'guarded ÷ open, throughput',
      reached: throughput.toFixed(3),
      bar: '≥ 0.90',
      detail: `${rate(0)}/s against ${rate(1)}/s`,
    },
    {
      what: 'open ÷ guarded, CPU a request',
      reached: work.toFixed(3),
      bar: '≥ 0.90',
      detail: `${cpu(1)} µs against ${cpu(0)} µs`,
    },
  ];
}
