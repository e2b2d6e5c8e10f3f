'use strict';

const { randomBytes } = require('node:crypto');
const { mkdtempSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

/** Gives a new database to `use`, on the server of `DATABASE_URL` or on one started for it, and deletes it. */
async function withDatabase(use) {
  const { Client } = require('pg');
  const server = process.env.DATABASE_URL ? undefined : await startServerOfOurOwn();
  const admin = new Client({ connectionString: server?.url ?? process.env.DATABASE_URL });
  const name = `portcullis_packaging_${randomBytes(6).toString('hex')}`;
  try {
    await admin.connect();
    await admin.query(`CREATE DATABASE ${name}`);
    const url = new URL(server?.url ?? process.env.DATABASE_URL);
    url.pathname = `/${name}`;
    await use(url.toString());
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
  } finally {
    await admin.end();
    await server?.remove();
  }
}

async function startServerOfOurOwn() {
  const { removeDevPostgres, startDevPostgres } = require('@portcullis/dev-postgres');
  const dataDirectory = mkdtempSync(join(tmpdir(), 'portcullis-packaging-'));
  const remove = () => removeDevPostgres(dataDirectory);
  try {
    const server = await startDevPostgres({ dataDirectory, durability: 'relaxed' });
    return { url: server.connectionUrl(), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

module.exports = { withDatabase };
