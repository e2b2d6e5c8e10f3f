import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientSite } from '../client-site';

const BETWEEN_EDITS_MS = 150;

/** A project in development: Vite serves it below `/hot/` of a site, and replaces what is edited. */
export class HotProject {
  private constructor(
    private readonly folder: string,
    private readonly vite: ChildProcess,
  ) {}

  static async start(site: ClientSite, files: Record<string, string>): Promise<HotProject> {
    const folder = mkdtempSync(join(tmpdir(), 'portcullis-hot-'));
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
    const script = join(__dirname, 'vite-server.ts');
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const vite = spawn(process.execPath, ['-r', '@swc-node/register', script, folder], {
      env: { ...process.env, NODE_ENV: 'development' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const project = new HotProject(folder, vite);
    try {
      const url = await firstLine(vite);
      site.mount('hot', (_path, asked, answer) => pass(url, asked, answer));
      return project;
    } catch (error) {
      await project.stop();
      throw error;
    }
  }

  /** Changes a file as an editor does. */
  async edit(name: string, change: (text: string) => string): Promise<void> {
    // What follows the change before too closely is overlooked by Vite's watcher.
    await sleep(BETWEEN_EDITS_MS);
    const file = join(this.folder, name);
    writeFileSync(file, change(readFileSync(file, 'utf8')));
  }

  async stop(): Promise<void> {
    if (this.vite.exitCode === null && this.vite.signalCode === null) {
      const ended = new Promise((done) => this.vite.once('exit', done));
      this.vite.kill();
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** @throws Error with what it wrote instead */
async function firstLine(child: ChildProcess): Promise<string> {
  const errors: Buffer[] = [];
  child.stderr!.on('data', (chunk: Buffer) => errors.push(chunk));
  for await (const line of createInterface({ input: child.stdout! })) {
    if (line.startsWith('http://')) return line;
  }
  throw new Error(`Vite did not start:\n${Buffer.concat(errors).toString()}`);
}

async function pass(url: string, asked: IncomingMessage, answer: ServerResponse): Promise<void> {
  const { method = 'GET', headers } = asked;
  const response = await new Promise<IncomingMessage>((done, fail) => {
    const sent = request(new URL(asked.url ?? '/', url), { method, headers }, done);
    asked.pipe(sent.on('error', fail));
  });
  answer.writeHead(response.statusCode ?? 502, response.headers);
  response.pipe(answer);
}
