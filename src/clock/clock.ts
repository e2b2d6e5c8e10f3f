import { Injectable } from '@nestjs/common';

/**
 * The time of this process. Tokens and in-memory rules ask it, so that tests can move time;
 * rules that are decided in the database use the time of the database.
 */
@Injectable()
export class Clock {
  /** Milliseconds since the epoch. */
  now(): number {
    return Date.now();
  }

  /** Milliseconds that only ever rise; for ages and deadlines, untouched by clock steps. */
  monotonic(): number {
    return performance.now();
  }

  /** Seconds since the epoch, as JWT `NumericDate` values count (RFC 7519 §2). */
  nowSeconds(): number {
    return Math.floor(this.now() / 1000);
  }
}
