import { startApp } from './app-process';
import { fillDatabase, type Filling, type LoadedSessions } from './filled-database';
import { HttpClient } from './http-client';
import { interleaved, ratePerSecond, type Row } from './measure';
import { ROUND_SECONDS, ROUNDS } from './workload';

const FULL: Filling = { accounts: 1_000_000, sessions: 10_000_000 };
const SMALL: Filling = { accounts: 100, sessions: 1000 };
const CONNECTIONS = [1, 16, 64];

/** An application on a database of some size, and one round of refreshes on it. */
interface Side {
  refreshes(connections: number): Promise<number>;
  stop(): Promise<void>;
}

/**
 * Refreshes in full tables against nearly empty ones, in two applications on one server.
 *
 * Each refresh takes another session, drawn from all of them, so that it meets rows and pages of the
 * index that nobody has touched before. A session whose turn comes again goes on from where it was.
 */
export async function refreshesAtScale(databaseOf: () => Promise<string>): Promise<Row[]> {
  const small = await sideOf(await databaseOf(), SMALL);
  const full = await sideOf(await databaseOf(), FULL);
  try {
    const rows: Row[] = [];
    for (const connections of CONNECTIONS) {
      const pair = [small, full].map((side) => () => side.refreshes(connections));
      const [onSmall, onFull] = pair as [() => Promise<number>, () => Promise<number>];
      await onSmall();
      await onFull();
      const { first, second, ratio } = await interleaved(ROUNDS, onSmall, onFull);
      rows.push({
        what: `refresh at ${connections} connections: time in full tables ÷ in empty ones`,
        reached: ratio.toFixed(3),
        bar: '≤ 1.5',
        detail: `${second.toFixed(0)}/s among ${FULL.sessions.toLocaleString('en')} sessions of ${FULL.accounts.toLocaleString('en')} accounts against ${first.toFixed(0)}/s among ${SMALL.sessions.toLocaleString('en')}`,
      });
    }
    return rows;
  } finally {
    await small.stop();
    await full.stop();
  }
}

async function sideOf(databaseUrl: string, filling: Filling): Promise<Side> {
  const app = await startApp(databaseUrl);
  const loaded = await fillDatabase(databaseUrl, filling);
  const client = new HttpClient(app.url);
  const draw = drawing(filling.sessions, loaded);
  return {
    refreshes: (connections) =>
      ratePerSecond(connections, ROUND_SECONDS, async () => {
        const drawn = draw();
        const { body } = await client.send('POST', '/auth/refresh', {
          body: { refresh_token: drawn.token },
        });
        drawn.give(body.refresh_token);
      }),
    async stop() {
      client.close();
      await app.stop();
    },
  };
}

/** Draws a session that no other worker has at present, and takes its next token back. */
function drawing(sessions: number, loaded: LoadedSessions) {
  const advanced = new Map<number, string>();
  const busy = new Set<number>();
  let seed = 1;
  const next = (): number => {
    // The generator of Park and Miller: the same draws in every run.
    seed = (seed * 48_271) % 2_147_483_647;
    return 1 + (seed % sessions);
  };
  return () => {
    let session = next();
    while (busy.has(session)) session = next();
    busy.add(session);
    return {
      token: advanced.get(session) ?? loaded.tokenOf(session),
      give(token: string) {
        advanced.set(session, token);
        busy.delete(session);
      },
    };
  };
}
