import { setTimeout as sleep } from 'node:timers/promises';
import type { Fleet, FleetRequest } from './fleet';

const POLL_MILLISECONDS = 20;
const PATIENCE_MILLISECONDS = 15_000;

/** One answer of one instance. Times are milliseconds of `performance.now()`. */
export interface Sample {
  readonly instance: number;
  readonly askedAt: number;
  readonly answeredAt: number;
  readonly status: number;
  readonly code?: unknown;
}

/** How long a change took to arrive, in milliseconds. */
export interface Delay {
  /** Since its request was answered, so since a moment shortly after its commit. */
  readonly sinceAnswer: number;
  /** Since its request was sent. */
  readonly sinceRequest: number;
}

/** What a watch looks at. */
export interface Watched {
  readonly instances: readonly number[];
  readonly path: string;
  readonly request: FleetRequest;
}

/** Asks instances the same question all the time, each on its own, and keeps every answer. */
export class AnswerWatch {
  readonly samples: Sample[] = [];
  readonly #loops: Promise<void>[];
  #stopped = false;

  constructor(
    private readonly fleet: Fleet,
    private readonly watched: Watched,
  ) {
    this.#loops = watched.instances.map((instance) => this.#poll(instance));
  }

  /**
   * Waits until the last answer of every instance is as wanted.
   *
   * @throws Error after 15 seconds
   */
  async until(wanted: (sample: Sample) => boolean, since = 0): Promise<readonly Sample[]> {
    const deadline = performance.now() + PATIENCE_MILLISECONDS;
    for (;;) {
      const last = this.watched.instances.map((instance) =>
        this.samples.findLast((sample) => sample.instance === instance && sample.askedAt >= since),
      );
      if (last.every((sample) => sample !== undefined && wanted(sample))) return last as Sample[];
      if (performance.now() > deadline) throw new Error(`still ${JSON.stringify(last)}`);
      await sleep(POLL_MILLISECONDS);
    }
  }

  /** Makes a change and waits until every instance answers with a status because of it. */
  async delayOf(change: () => Promise<unknown>, status: number): Promise<Delay> {
    await this.until((sample) => sample.status !== status);
    const requestedAt = performance.now();
    await change();
    const answeredAt = performance.now();
    await this.until((sample) => sample.status === status, requestedAt);
    // An instance that had known the change and forgot it again counts from its last wrong answer.
    const arrivals = this.watched.instances.map((instance) => {
      const own = this.samples.filter((sample) => sample.instance === instance);
      return own[own.findLastIndex((sample) => sample.status !== status) + 1]!.answeredAt;
    });
    const arrivedAt = Math.max(...arrivals);
    return {
      sinceAnswer: Math.max(0, arrivedAt - answeredAt),
      sinceRequest: arrivedAt - requestedAt,
    };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#loops);
  }

  async #poll(instance: number): Promise<void> {
    const { path, request } = this.watched;
    while (!this.#stopped) {
      const askedAt = performance.now();
      const { status, body } = await this.fleet.ask(instance, 'GET', path, request);
      const answeredAt = performance.now();
      this.samples.push({ instance, askedAt, answeredAt, status, code: body['code'] });
      await sleep(POLL_MILLISECONDS);
    }
  }
}
