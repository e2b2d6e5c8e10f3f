import { join } from 'node:path';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Piscina } from 'piscina';
import { AuthError } from '../errors/auth-error';

/** How easily a password is guessed; `context` when mostly from words around the account. */
export type Strength = 'strong' | 'weak' | 'context';

const WORKER_FILE = join(__dirname, 'strength.worker.js');
/** A judgement takes up to some 0.3 s; a longer queue would answer nobody in time. */
const MAX_WAITING = 16;
const IDLE_MS = 60_000;

/**
 * Judges new passwords with zxcvbn, in one thread of its own: its dictionaries weigh some 60 MB, and
 * a crafted password takes long enough to be felt on the event loop.
 */
@Injectable()
export class StrengthMeter implements OnApplicationShutdown {
  readonly #pool = new Piscina<
    { readonly password: string; readonly contextWords: readonly string[] },
    Strength
  >({
    filename: WORKER_FILE,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: IDLE_MS,
    maxQueue: MAX_WAITING,
  });

  /** @throws AuthError `overloaded` */
  async judge(password: string, contextWords: readonly string[]): Promise<Strength> {
    if (this.#pool.queueSize >= MAX_WAITING) {
      throw new AuthError('overloaded', { retryAfterSeconds: 2 });
    }
    return this.#pool.run({ password, contextWords });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#pool.close();
  }
}
