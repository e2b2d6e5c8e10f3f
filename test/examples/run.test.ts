import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** It builds pages and makes a database; other suites run beside it. */
const PATIENCE = 120_000;

describe('npm run examples', () => {
  let folder: string;
  let child: ChildProcess;
  let output = '';
  let exited: Promise<number | null>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'portcullis-run-'));
    child = spawn(process.execPath, ['-r', '@swc-node/register', resolve('examples/run.ts')], {
      env: { PATH: process.env.PATH, SPA_PORT: '0', SSR_PORT: '0', TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    exited = new Promise((done) => child.once('exit', done));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    }
    await Promise.race([said(/Ctrl-C ends it/), exited]);
  }, PATIENCE);

  afterAll(async () => {
    child.kill('SIGKILL');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  });

  async function said(words: RegExp): Promise<void> {
    while (!words.test(output)) await new Promise((again) => setTimeout(again, 50));
  }

  const kept = () => readdirSync(folder).filter((name) => name.startsWith('portcullis-examples-'));

  const url = () => /http:\/\/localhost:\d+/.exec(output)?.[0] ?? output;

  it('prints where to go, and accounts of three roles with which one can sign in there', async () => {
    const accounts = [...output.matchAll(/^ {2}(\S+@\S+) +([a-z]+) +(\S+)$/gm)];
    expect(accounts.map(([, , role]) => role)).toEqual(['administrator', 'clerk', 'approver']);
    for (const [, email, , password] of accounts) {
      const { status } = await fetch(`${url()}/api/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: url() },
        body: JSON.stringify({ email, password }),
      });
      expect(status).toBe(200);
    }
  });

  it('serves the built page for every address, and its assets for ever', async () => {
    const page = await fetch(`${url()}/invoices/any?of=them`);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const text = await page.text();
    expect(text).not.toMatch(/<script>|<script [^>]*>[^<]|<style|style=|\son\w+=/);
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(text)?.[1] ?? '';
    const asset = await fetch(url() + script);
    expect(asset.headers.get('cache-control')).toContain('immutable');
    // React for production: no names of its development build.
    expect(await asset.text()).not.toContain('Download the React DevTools');
  });

  it('CK-11: is served under a policy that allows nothing inline, and framed by nobody', async () => {
    const { headers } = await fetch(`${url()}/`);
    expect(headers.get('content-security-policy')).toBe(
      `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; ` +
        `form-action 'self'; base-uri 'none'; frame-ancestors 'none'; ` +
        `require-trusted-types-for 'script'; trusted-types 'none'`,
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
  });

  it.each(['/../package.json', '/assets/..%2f..%2fpackage.json', '/assets/nothing.js'])(
    'serves no file beside them: %s',
    async (path) => {
      const { port } = new URL(url());
      const answer = await new Promise<string>((done, failed) => {
        request({ host: 'localhost', port, path }, (from) => {
          let body = '';
          from.on('data', (chunk: Buffer) => (body += chunk.toString()));
          from.on('end', () => done(`${from.statusCode} ${body}`));
        })
          .on('error', failed)
          .end();
      });
      expect(answer).toBe('404 Not found\n');
    },
  );

  it('hands the API the address that asked, whatever a client claims', async () => {
    const [, email, , password] = /^ {2}(\S+@\S+) +(clerk) +(\S+)$/m.exec(output) ?? [];
    const login = await fetch(`${url()}/api/auth/login`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-forwarded-for': '203.0.113.7',
        forwarded: 'for=203.0.113.7',
      },
      body: JSON.stringify({ email, password, transport: 'body' }),
    });
    const { access_token } = (await login.json()) as { access_token: string };
    const sessions = await fetch(`${url()}/api/auth/sessions`, {
      headers: { authorization: `Bearer ${access_token}` },
    });
    const ips = ((await sessions.json()) as { ip: string }[]).map(({ ip }) => ip);
    expect(new Set(ips)).toEqual(new Set(['127.0.0.1']));
  });

  it('ends cleanly when it is asked to, and forgets everything', async () => {
    expect(kept()).toHaveLength(1);
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
    expect(kept()).toEqual([]);
  }, 60_000);
});
