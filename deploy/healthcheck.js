'use strict';

/* Whether the server of this container is ready; the image brings no other HTTP client along. */

const { get } = require('node:http');

const request = get(
  { host: '127.0.0.1', port: process.env.PORT || 3000, path: '/health/ready', timeout: 2000 },
  ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1),
);
request.on('timeout', () => request.destroy());
request.on('error', () => process.exit(1));
