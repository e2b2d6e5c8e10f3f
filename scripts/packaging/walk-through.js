'use strict';

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { ACCOUNTS, PASSWORD } = require('./application');

const START_LIMIT_MS = 30_000;

/** Starts a server and waits for its address. `stop` waits until it is gone; `output` is its log. */
function startServer(folder, env) {
  const server = spawn(process.execPath, ['dist/main.js'], { cwd: folder, env });
  const gone = new Promise((resolve) => server.once('exit', resolve));
  const stop = () => {
    server.kill();
    return gone;
  };
  return new Promise((resolve, reject) => {
    let output = '';
    const give = (reason) => {
      clearTimeout(limit);
      void stop().then(() => reject(new Error(`the application ${reason}:\n${output}`)));
    };
    const limit = setTimeout(() => give('did not start in time'), START_LIMIT_MS);
    const read = (chunk) => {
      output += String(chunk);
      const url = /^listening (\S+)$/m.exec(output)?.[1];
      if (url === undefined) return;
      clearTimeout(limit);
      resolve({ url, stop, output: () => output });
    };
    server.stdout.on('data', read);
    server.stderr.on('data', read);
    server.once('exit', (code) => give(`ended with ${code}`));
  });
}

/** Does what the quick start promises, as a client of the running application. */
async function walkThrough(url) {
  const ask = async (method, path, { token, body } = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  };
  const login = (email) =>
    ask('POST', '/auth/login', { body: { email, password: PASSWORD, transport: 'body' } });
  const expectStatus = (answer, status, what) =>
    assert.equal(answer.status, status, `${what}: ${JSON.stringify(answer.body)}`);

  const without = await ask('GET', '/invoices');
  expectStatus(without, 401, 'without a token');
  assert.equal(without.body.code, 'unauthenticated');

  const viewer = await login(ACCOUNTS.viewer);
  expectStatus(viewer, 200, 'login');
  const token = viewer.body.access_token;
  const allowed = await ask('GET', '/invoices', { token });
  expectStatus(allowed, 200, 'with the permission');
  assert.equal(allowed.body.reader, viewer.body.user.id);
  const approval = await ask('POST', '/invoices/1/approve', { token });
  expectStatus(approval, 403, 'another permission');
  assert.equal(approval.body.code, 'forbidden');

  const nobody = await login(ACCOUNTS.nobody);
  const denied = await ask('GET', '/invoices', { token: nobody.body.access_token });
  expectStatus(denied, 403, 'an account without roles');

  const body = { refresh_token: viewer.body.refresh_token };
  const refreshed = await ask('POST', '/auth/refresh', { body });
  expectStatus(refreshed, 200, 'refresh');
  const again = await ask('GET', '/invoices', { token: refreshed.body.access_token });
  expectStatus(again, 200, 'after a refresh');
}

module.exports = { startServer, walkThrough };
