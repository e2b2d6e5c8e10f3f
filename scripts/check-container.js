'use strict';

/*
 * Proves without a container engine that the image works: runs the commands of the Dockerfile's last
 * stages in a folder, with the environment of docker-compose.yml, against a real PostgreSQL. Two
 * instances start at once, one on each web framework, as they do in the fleet.
 */

const assert = require('node:assert/strict');
const { spawn, spawnSync } = require('node:child_process');
const { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { parse } = require('yaml');
const { withDatabase } = require('./packaging/database');
const { run } = require('./packaging/tarball');

const ROOT = join(__dirname, '..');
const INSTANCES = ['app-1', 'app-2'];
const START_LIMIT_MS = 60_000;
/** Development only: what a production image must not carry. */
const ABSENT = ['jest', 'typescript', 'supertest', '@nestjs/cli', '@swc/core', '@portcullis'];

function install(app) {
  run(process.execPath, [join(ROOT, 'deploy', 'production-manifest.js'), app]);
  run('npm', ['ci', '--omit=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: app,
    shell: process.platform === 'win32',
  });
  for (const name of ABSENT) assert.ok(!existsSync(join(app, 'node_modules', name)), name);
  for (const name of ['dist', 'deploy']) {
    cpSync(join(ROOT, name), join(app, name), { recursive: true });
  }
}

/** Leads to the mail catcher, which is not here; two on one machine would want the same port. */
const TUNNEL = ' --require ./deploy/trial-mail.js';

/** An instance as compose starts it: `/secrets` is a folder of ours, and its port one that is free. */
function start(app, secrets, name, databaseUrl) {
  const { services } = parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), {
    merge: true,
  });
  const { command, environment } = services[name];
  const [program, ...args] = command.map((text) =>
    text.replaceAll('/secrets', secrets).replace(TUNNEL, ''),
  );
  const child = spawn(program, args, {
    cwd: app,
    env: {
      ...environment,
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: '0',
      DATABASE_URL: databaseUrl,
      DRAIN_SECONDS: '1',
    },
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  let output = '';
  const port = new Promise((resolve, reject) => {
    const limit = setTimeout(() => child.kill('SIGKILL'), START_LIMIT_MS);
    const read = (chunk) => {
      output += String(chunk);
      const found = /^portcullis listening on \S+:(\d+)$/m.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void ended.then((code) => reject(new Error(`${name} ended with ${code}:\n${output}`)));
    void ended.finally(() => clearTimeout(limit));
  });
  // Awaited one after the other.
  port.catch(() => undefined);
  return { child, ended, port, output: () => output };
}

/** The exit code of the image's HEALTHCHECK. */
function health(app, port) {
  const { status } = spawnSync(process.execPath, ['deploy/healthcheck.js'], {
    cwd: app,
    env: { PATH: process.env.PATH, PORT: port },
  });
  return status;
}

async function tryOut(app, secrets) {
  await withDatabase(async (databaseUrl) => {
    const instances = INSTANCES.map((name) => start(app, secrets, name, databaseUrl));
    try {
      for (const { port } of instances) assert.equal(health(app, await port), 0, 'not healthy');
      const printed = instances.map(({ output }) => output()).join('\n');
      assert.equal(printed.match(/Accounts made by this start/g)?.length, 1);
      const [, password] = /^ {2}admin@example\.test +administrator +(\S+)$/m.exec(printed);
      const tokens = await signIn(await instances[0].port, password);
      const url = `http://127.0.0.1:${await instances[1].port}/reports/summary`;
      const headers = { authorization: `Bearer ${tokens.access_token}` };
      assert.equal((await fetch(url, { headers })).status, 200, 'the secrets are not shared');
      assert.equal((await fetch(new URL('/docs', url))).status, 404);
      for (const { child, ended, port, output } of instances) {
        child.kill('SIGTERM');
        assert.equal(await ended, 0, output());
        assert.notEqual(health(app, await port), 0, 'healthy although stopped');
      }
    } finally {
      for (const { child } of instances) child.kill('SIGKILL');
    }
  });
}

async function signIn(port, password) {
  const answer = await fetch(`http://127.0.0.1:${port}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'admin@example.test', password, transport: 'body' }),
  });
  assert.equal(answer.status, 200);
  return answer.json();
}

async function checkContainer(folder) {
  run(process.execPath, [join(__dirname, 'prepare.js')], { stdio: 'inherit' });
  const [app, secrets] = [join(folder, 'app'), join(folder, 'secrets')];
  mkdirSync(secrets);
  install(app);
  await tryOut(app, secrets);
  console.log('what the image holds starts, shares its secrets, is healthy, and stops with 0');
}

const folder = mkdtempSync(join(tmpdir(), 'portcullis-container-'));
checkContainer(folder)
  .catch((error) => {
    console.error(error);
    process.exitCode = 1;
  })
  .finally(() => rmSync(folder, { recursive: true, force: true }));
