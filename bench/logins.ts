import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { login, type HttpClient } from './http-client';
import { interleaved, ratePerSecond, type Row } from './measure';
import { ACCOUNTS, PASSWORD, ROUNDS } from './workload';

const COST = 12;
const SECONDS = 8;

/** Compares as many hashes as it can and says how many when it is asked to stop. */
const RAW_LOOP = `
  const { parentPort, workerData } = require('node:worker_threads');
  const bcrypt = require('bcrypt');
  const hash = bcrypt.hashSync('x', workerData.cost);
  parentPort.on('message', (seconds) => {
    const startedAt = performance.now();
    let compared = 0;
    while (performance.now() - startedAt < seconds * 1000) {
      bcrypt.compareSync('y', hash);
      compared += 1;
    }
    parentPort.postMessage(compared / ((performance.now() - startedAt) / 1000));
  });
  parentPort.postMessage('ready');
`;

/** Logins over HTTP against nothing but bcrypt at the same cost, on the same cores. */
export async function loginsAgainstRawBcrypt(client: HttpClient): Promise<Row> {
  const threads = availableParallelism();
  const raw = await Promise.all(Array.from({ length: threads }, () => startRaw()));
  const logins = () =>
    ratePerSecond(threads * 2, SECONDS, (worker) => login(client, ACCOUNTS[worker]!, PASSWORD));
  const compares = async () => {
    const rates = await Promise.all(raw.map((worker) => ask(worker, SECONDS)));
    return rates.reduce((sum, rate) => sum + rate, 0);
  };
  await logins();
  const { first, second, ratio } = await interleaved(ROUNDS, logins, compares);
  await Promise.all(raw.map((worker) => worker.terminate()));
  return {
    what: 'login ÷ raw bcrypt, throughput',
    reached: ratio.toFixed(3),
    bar: '≥ 0.95',
    detail: `${first.toFixed(2)}/s against ${second.toFixed(2)}/s, cost ${COST}, ${threads} threads`,
  };
}

async function startRaw(): Promise<Worker> {
  const worker = new Worker(RAW_LOOP, { eval: true, workerData: { cost: COST } });
  await next(worker);
  return worker;
}

function ask(worker: Worker, seconds: number): Promise<number> {
  worker.postMessage(seconds);
  return next(worker) as Promise<number>;
}

function next(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
