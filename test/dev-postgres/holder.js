'use strict';

/*
 * A process that uses the server, as an application does. Started by installation.ts:
 *   node holder.js <module> <options as JSON>
 * Sends what it got, stops when told to, and does nothing at all about signals.
 */

const { startDevPostgres } = require(process.argv[2]);

startDevPostgres(JSON.parse(process.argv[3])).then(
  (server) => {
    process.on('message', () => server.stop().then(() => process.disconnect()));
    const { pid, startedHere } = server;
    process.send({ pid, startedHere, url: server.connectionUrl() });
  },
  ({ code, message }) => process.send({ code, message }, () => process.disconnect()),
);
