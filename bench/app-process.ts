import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { HttpAdapterName } from './workload';

/** The application under measurement. */
export interface AppProcess {
  readonly url: string;
  /** Microseconds of CPU, user and system, that the process has used. */
  cpuMicroseconds(): Promise<number>;
  stop(): Promise<void>;
}

export async function startApp(
  databaseUrl: string,
  adapter: HttpAdapterName = 'express',
): Promise<AppProcess> {
  const child = fork(join(__dirname, 'bench-app.ts'), {
    execArgv: ['-r', '@swc-node/register'],
    env: { ...process.env, DATABASE_URL: databaseUrl, HTTP_ADAPTER: adapter },
  });
  const { url } = await answer<{ url: string }>(child);
  return {
    url,
    async cpuMicroseconds() {
      child.send('cpu');
      const { cpu } = await answer<{ cpu: NodeJS.CpuUsage }>(child);
      return cpu.user + cpu.system;
    },
    async stop() {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.disconnect();
      await exited;
    },
  };
}

function answer<Message>(child: ChildProcess): Promise<Message> {
  return new Promise((resolve, reject) => {
    const failed = (code: number | null) => reject(new Error(`the application exited: ${code}`));
    child.once('exit', failed);
    child.once('message', (message) => {
      child.off('exit', failed);
      resolve(message as Message);
    });
  });
}
