import { AnswerWatch, type Delay } from '../test/support/answer-watch';
import { Fleet } from '../test/support/fleet';
import type { Row } from './measure';

const ROUNDS = 60;

const OTHERS = [1, 2];

/** From the answer of a change to the last other instance that acts on it. */
export async function propagationDelays(databaseUrl: string): Promise<Row[]> {
  const fleet = await Fleet.start(databaseUrl);
  try {
    return [...(await changesOfRoles(fleet)), await revocations(fleet)];
  } finally {
    await fleet.stop();
  }
}

async function changesOfRoles(fleet: Fleet): Promise<Row[]> {
  const accountId = await fleet.accountId(fleet.clerk.email);
  const roleId = await fleet.roleId('manager');
  const { token } = await fleet.signIn(1, fleet.clerk);
  const watch = watchOf(fleet, token, '/reports/summary');
  const assigned: Delay[] = [];
  const revoked: Delay[] = [];
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      let id = '';
      const assign = async () => {
        const given = { accountId, roleId };
        ({ id } = await fleet.administer<{ id: string }>('POST', '/assignments', given));
      };
      assigned.push(await watch.delayOf(assign, 200));
      revoked.push(
        await watch.delayOf(() => fleet.administer('DELETE', `/assignments/${id}`), 403),
      );
    }
  } finally {
    await watch.stop();
  }
  return [rowOf('a role assigned', assigned), rowOf('a role revoked', revoked)];
}

/** A session signs out on one instance, and its access token is asked for on the others. */
async function revocations(fleet: Fleet): Promise<Row> {
  const delays: Delay[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const { token } = await fleet.signIn(0, fleet.clerk);
    const watch = watchOf(fleet, token, '/invoices');
    try {
      const logout = () => fleet.ask(0, 'POST', '/auth/logout', { token, body: {} });
      delays.push(await watch.delayOf(logout, 401));
    } finally {
      await watch.stop();
    }
  }
  return rowOf('a session revoked', delays);
}

function watchOf(fleet: Fleet, token: string, path: string): AnswerWatch {
  return new AnswerWatch(fleet, { instances: OTHERS, path, request: { token } });
}

function rowOf(what: string, delays: readonly Delay[]): Row {
  const [sinceAnswer, sinceRequest] = [
    delays.map((delay) => delay.sinceAnswer),
    delays.map((delay) => delay.sinceRequest),
  ];
  const shown = (values: readonly number[]) =>
    `p50 ${quantile(values, 0.5).toFixed(0)} ms, p99 ${quantile(values, 0.99).toFixed(0)} ms`;
  return {
    what: `${what}: on two other instances`,
    reached: shown(sinceAnswer),
    bar: 'p99 ≤ 100 ms',
    detail: `${delays.length} changes, asked every 20 ms; since the request of the change: ${shown(sinceRequest)}`,
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!;
}
