import { spawn } from 'node:child_process';
import {
  chownSync,
  copyFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { removeDevPostgres, startDevPostgres } from '@portcullis/dev-postgres';
import { ask, codeOf, holdHere, temporaryFolder } from './installation';

const dataDirectory = temporaryFolder();
const start = () => startDevPostgres({ dataDirectory, durability: 'relaxed' });
const hold = () => holdHere({ dataDirectory, durability: 'relaxed' });

/** Whether a server takes connections on the URL. */
async function isServing(url: string): Promise<boolean> {
  return (await codeOf(ask(url, 'SELECT 1'))) === undefined;
}

afterAll(() => removeDevPostgres(dataDirectory));

it('gives processes that start at once on an empty directory one server', async () => {
  const holders = await Promise.all([hold(), hold(), hold()]);
  expect(new Set(holders.map(({ pid, url }) => `${pid} ${url}`)).size).toBe(1);
  expect(holders.filter(({ startedHere }) => startedHere)).toHaveLength(1);
  expect(readdirSync(dataDirectory).filter((name) => name.startsWith('.new-'))).toEqual([]);
  await Promise.all(holders.map((holder) => holder.stop()));
  expect(await isServing(holders[0].url)).toBe(false);
}, 60_000);

it('leaves the server to the other process, whichever of the two started it', async () => {
  const app = await hold();
  const commandLine = await start();
  expect(commandLine).toMatchObject({ pid: app.pid, startedHere: false });
  expect(commandLine.connectionUrl()).toBe(app.url);
  await commandLine.stop();
  expect(await isServing(app.url)).toBe(true);

  const second = await start();
  await app.stop();
  expect(await isServing(second.connectionUrl())).toBe(true);
  await second.stop();
  expect(await isServing(second.connectionUrl())).toBe(false);
});

it('stops only with its last use in one process too, and stops once however often it is told', async () => {
  const first = await start();
  const second = await start();
  await Promise.all([first.stop(), first.stop()]);
  expect(await isServing(second.connectionUrl())).toBe(true);
  await second.stop();
  expect(await isServing(second.connectionUrl())).toBe(false);
});

it('joins the server that a killed process left, and stops it with the last use', async () => {
  const killed = await hold();
  killed.process.kill('SIGKILL');
  await killed.stop();
  expect(await isServing(killed.url)).toBe(true);
  const next = await start();
  expect(next).toMatchObject({ pid: killed.pid, startedHere: false });
  await next.stop();
  expect(await isServing(killed.url)).toBe(false);
});

it('survives Ctrl-C in the terminal of the process that started it', async () => {
  const interrupted = await hold();
  process.kill(-(interrupted.process.pid ?? 0), 'SIGINT');
  await interrupted.stop();
  expect(await isServing(interrupted.url)).toBe(true);
  await (await start()).stop();
});

it('never hands out a server that is about to stop', async () => {
  let leaving = await start();
  for (let round = 0; round < 8; round += 1) {
    const [joined] = await Promise.all([start(), leaving.stop()]);
    expect(await isServing(joined.connectionUrl())).toBe(true);
    leaving = joined;
  }
  await leaving.stop();
});

it('waits for a process that is just looking whether it may stop the server', async () => {
  const running = await start();
  const leases = join(dataDirectory, 'leases');
  const [own = ''] = readdirSync(leases);
  const leaving = join(leases, `leaving-${process.pid}-undecided`);
  copyFileSync(join(leases, own), leaving);
  let isHandedOut = false;
  const joining = start().finally(() => (isHandedOut = true));
  // Joining a running server takes a tenth of that.
  await sleep(1_000);
  expect(isHandedOut).toBe(false);
  rmSync(leaving);
  const joined = await joining;
  expect(joined.pid).toBe(running.pid);
  await Promise.all([running.stop(), joined.stop()]);
});

it('recovers from kill -9 of the server, and keeps what was committed', async () => {
  const before = await start();
  await ask(before.connectionUrl(), 'CREATE TABLE kept AS SELECT 7 AS value');
  process.kill(before.pid, 'SIGKILL');
  const after = await start();
  expect(after.startedHere).toBe(true);
  expect(await ask(after.connectionUrl(), 'SELECT value FROM kept')).toBe(7);
  await Promise.all([before.stop(), after.stop()]);
  expect(await isServing(after.connectionUrl())).toBe(false);
});

// Elsewhere than on Linux nothing tells one program from another by its id.
(process.platform === 'linux' ? it : it.skip)(
  'is not deceived by a stale postmaster.pid whose process id now belongs to another program',
  async () => {
    const before = await start();
    const file = join(dataDirectory, 'cluster', 'postmaster.pid');
    // PostgreSQL believes in a process of its own user only.
    const { uid, gid } = statSync(file);
    const other = spawn('sleep', ['600'], { uid, gid, stdio: 'ignore' });
    const stale = readFileSync(file, 'utf8').replace(String(before.pid), String(other.pid));
    await before.stop();
    writeFileSync(file, stale);
    chownSync(file, uid, gid);
    try {
      const after = await start();
      expect(after.startedHere).toBe(true);
      expect(other.kill(0)).toBe(true);
      await after.stop();
    } finally {
      other.kill();
    }
  },
);

it('is not deceived by the lease of a process whose id now belongs to another program', async () => {
  const server = await start();
  const lease = join(dataDirectory, 'leases', `holding-${process.pid}-of-an-earlier-process`);
  writeFileSync(lease, 'started at another time');
  await server.stop();
  expect(await isServing(server.connectionUrl())).toBe(false);
});
