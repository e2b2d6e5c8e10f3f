import { TestEnvironment } from 'jest-environment-jsdom';

/** What every browser has and jsdom lacks, as Node has it. */
const MISSING = [
  'fetch',
  'Request',
  'Response',
  'Headers',
  'ReadableStream',
  'TextEncoder',
  'TextDecoder',
  'structuredClone',
] as const;

/** A document for React, beside a fetch that the virtual profiles can play. */
export default class BrowserEnvironment extends TestEnvironment {
  readonly #channels: MessageChannel[] = [];

  override async setup(): Promise<void> {
    await super.setup();
    const channels = this.#channels;
    // React schedules by one that it never closes, and in Node that keeps the process.
    class Channel extends MessageChannel {
      constructor() {
        super();
        channels.push(this);
      }
    }
    this.#provide('MessageChannel', Channel);
    for (const name of MISSING) this.#provide(name, globalThis[name]);
  }

  override async teardown(): Promise<void> {
    for (const { port1, port2 } of this.#channels) {
      port1.close();
      port2.close();
    }
    await super.teardown();
  }

  #provide(name: string, value: unknown): void {
    Object.defineProperty(this.global, name, { value, configurable: true });
  }
}
