import type { IncomingMessage } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';

/** What the web frameworks below the server do differently. All else is in `configureHttp`. */
export interface WebFramework {
  /** A new one, silent about itself and with one HTTP server. */
  makeAdapter(): AbstractHttpAdapter;
  /** Reads strict JSON up to a number of bytes, and no body of another type or in a coding. */
  readBodies(app: INestApplication, limitBytes: number): void;
  /** Tells of each answer when it is over. */
  onAnswer(app: INestApplication, tell: (answer: Answer) => void): void;
}

/** How a request ended. */
export interface Answer {
  /** Node's own, as a server makes it. */
  readonly request: IncomingMessage & { readonly method: string; readonly url: string };
  /** The pattern of the route, such as `/auth/sessions/:id`; absent where none matched. */
  readonly route?: string;
  readonly status: number;
  /** On the clock of `performance`. */
  readonly startedAt: number;
}
