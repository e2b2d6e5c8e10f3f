import { median, type Row } from './measure';
import { permissionModel, QUESTIONS, type Check, type PermissionModel } from './permission-models';
import { peersOf, type Peer } from './permission-peers';
import { ROUNDS } from './workload';

const PERMISSIONS = [10, 100, 1000, 10_000];
const ROLES = [3, 30];
const ROUND_NANOSECONDS = 20e6;
/** So many questions a round are the least, however long one takes. */
const LEAST_CHECKS = 4;
/** Warming up ends with the first run that lasted so long, or after all questions were asked thrice. */
const WARM_NANOSECONDS = 100e6;

/** A permission check in process, of this library and of others, warm. */
export async function permissionChecks(): Promise<Row[]> {
  const rows: Row[] = [];
  const ours: number[] = [];
  for (const roleCount of ROLES) {
    for (const permissionCount of PERMISSIONS) {
      const model = permissionModel(permissionCount, roleCount);
      const peers = await peersOf(model);
      for (const outcome of ['hit', 'miss'] as const) {
        const nanoseconds = await compare(peers, model, outcome);
        ours.push(nanoseconds[0]!);
        rows.push(
          rowOf(
            `${outcome}, ${permissionCount} permissions, ${roleCount} roles`,
            nanoseconds,
            peers,
          ),
        );
      }
    }
  }
  const flatness = Math.max(...ours) / Math.min(...ours);
  return [
    ...rows,
    {
      what: 'check, slowest ÷ fastest of the rows above',
      reached: flatness.toFixed(2),
      bar: 'flat',
      detail: `${Math.min(...ours).toFixed(1)} ns to ${Math.max(...ours).toFixed(1)} ns`,
    },
  ];
}

function rowOf(what: string, nanoseconds: readonly number[], peers: readonly Peer[]): Row {
  const [own, ...others] = nanoseconds;
  const detail = others.map((each, index) => `${peers[index + 1]!.name} ${shown(each)}`);
  return {
    what: `check, ${what}`,
    reached: shown(own!),
    bar: '≤ 100 ns',
    detail: detail.join(' · '),
  };
}

/** Median nanoseconds of CPU a check of every peer; rounds in turn. */
async function compare(
  peers: readonly Peer[],
  model: PermissionModel,
  outcome: 'hit' | 'miss',
): Promise<readonly number[]> {
  const questions = outcome === 'hit' ? model.hits : model.misses;
  const share = outcome === 'hit' ? 1 : 0;
  const times: number[] = [];
  for (const peer of peers) times.push(await warm(peer, questions));
  const samples = peers.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, peer] of peers.entries()) {
      const before = process.cpuUsage();
      const allowed = await peer.loop(times[index]!, questions);
      const nanoseconds = nanosecondsSince(before);
      // The answer is used, so that no compiler leaves the work out, and the peers agree on it.
      if (allowed !== times[index]! * share) throw new Error(`${peer.name} decides otherwise`);
      samples[index]!.push(nanoseconds / times[index]!);
    }
  }
  return samples.map(median);
}

/** Runs a peer until it is compiled and its caches are full; how many checks make a round. */
async function warm({ loop }: Peer, questions: readonly Check[]): Promise<number> {
  let times = LEAST_CHECKS;
  for (;;) {
    const before = process.cpuUsage();
    await loop(times, questions);
    const nanoseconds = nanosecondsSince(before);
    if (nanoseconds > WARM_NANOSECONDS || times > 1e8) {
      const fitting = Math.ceil((times * ROUND_NANOSECONDS) / nanoseconds);
      return Math.max(LEAST_CHECKS, fitting);
    }
    times = Math.max(times * 2, Math.min(QUESTIONS, times * 4));
  }
}

/** Of CPU: what other processes take from the machine meanwhile does not count. */
function nanosecondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) * 1000;
}

function shown(nanoseconds: number): string {
  if (nanoseconds < 1000) return `${nanoseconds.toFixed(1)} ns`;
  if (nanoseconds < 1e6) return `${(nanoseconds / 1000).toFixed(1)} µs`;
  return `${(nanoseconds / 1e6).toFixed(1)} ms`;
}
