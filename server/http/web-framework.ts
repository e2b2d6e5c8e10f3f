import type { INestApplication } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';

/** What the web frameworks below the server do differently. All else is in `configureHttp`. */
export interface WebFramework {
  /** A new one, silent about itself and with one HTTP server. */
  makeAdapter(): AbstractHttpAdapter;
  /** Reads strict JSON up to a number of bytes, and no body of another type or in a coding. */
  readBodies(app: INestApplication, limitBytes: number): void;
}
