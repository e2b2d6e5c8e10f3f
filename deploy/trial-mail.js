'use strict';

/*
 * Loaded before the server of a trial (`node --require`): leads 127.0.0.1:1025 to the mail catcher.
 * Without TLS the server sends mail to the loopback only, and a catcher has no certificate to trust.
 */

const { connect, createServer } = require('node:net');

createServer((near) => {
  const far = connect(1025, 'mail');
  near.on('error', () => far.destroy());
  far.on('error', () => near.destroy());
  near.pipe(far).pipe(near);
})
  .listen(1025, '127.0.0.1')
  .unref();
