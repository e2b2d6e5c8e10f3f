import type { World } from './client-world';

const CHANNEL = 'portcullis:web';

/** A script of the same origin, with the channel of the tabs in its hands. */
export class Forger {
  readonly heard: unknown[] = [];
  readonly #channel: { send(message: unknown): void };

  constructor(private readonly world: World) {
    const { browser } = world.profile.openTab();
    this.#channel = browser.openChannel!(CHANNEL, (message) => this.heard.push(message));
  }

  /** Says it in the version that the tabs speak, and lets them act on it. */
  async say(...messages: readonly unknown[]): Promise<void> {
    for (const message of messages) this.#channel.send({ v: 1, message });
    await this.world.pass(1000);
  }
}
