import type { Browser, BrowserEvent, Channel, Locks } from '../browser.js';
import { settle, type VirtualClock } from './virtual-clock.js';

/** What answers the requests of a profile. */
export type VirtualServer = (request: Request, jar: CookieJar) => Promise<Response>;

/** The cookies of one profile: values by name. */
export type CookieJar = Map<string, string>;

/** What a profile is made of. */
export interface ProfileOptions {
  readonly clock: VirtualClock;
  readonly server: VirtualServer;
  readonly origin?: string;
  /** Milliseconds that an answer takes; without any it does not wait for the clock. @default 100 */
  readonly latencyMs?: number;
  /** The browser has no Web Locks, no BroadcastChannel. */
  readonly without?: readonly ('locks' | 'channel')[];
}

/** One browser profile: tabs that share cookies, locks, channels and a network. */
export class VirtualProfile {
  readonly jar: CookieJar = new Map();
  /** `GET /auth/session` and so on, in the order in which they were sent. */
  readonly requests: string[] = [];
  readonly #options: ProfileOptions;
  readonly #tabs = new Set<VirtualTab>();
  readonly #locks = new Map<string, Promise<unknown>>();
  readonly #channels = new Map<string, Set<(message: unknown) => void>>();
  online = true;
  #seed = 7;

  constructor(options: ProfileOptions) {
    this.#options = options;
  }

  get clock(): VirtualClock {
    return this.#options.clock;
  }

  openTab(): VirtualTab {
    const tab = new VirtualTab(this, this.#options.without ?? []);
    this.#tabs.add(tab);
    return tab;
  }

  /** How many requests went to a path. */
  count(path: string): number {
    return this.requests.filter((request) => request.endsWith(` ${path}`)).length;
  }

  goOffline(): void {
    this.online = false;
  }

  goOnline(): void {
    this.online = true;
    this.emit('online');
  }

  emit(event: BrowserEvent): void {
    for (const tab of this.#tabs) tab.emit(event);
  }

  /** @internal */
  get origin(): string {
    return this.#options.origin ?? 'https://app.example.org';
  }

  /** @internal */
  async send(input: string | Request, init?: RequestInit): Promise<Response> {
    const { server, latencyMs = 100 } = this.#options;
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    if (!this.online) throw new TypeError('Failed to fetch');
    this.requests.push(`${request.method} ${new URL(request.url).pathname}`);
    await this.#after(latencyMs / 2, request.signal);
    const before = [...this.jar].join();
    const response = await server(request, this.jar);
    if (before !== [...this.jar].join()) this.emit('cookies');
    await this.#after(latencyMs / 2, request.signal);
    return response;
  }

  /** @internal Repeatable, so that a failing test fails again. */
  random(): number {
    this.#seed = (this.#seed * 48_271) % 2_147_483_647;
    return this.#seed / 2_147_483_647;
  }

  /** @internal */
  get locks(): Locks {
    return {
      request: async (name, { signal }, work) => {
        const before = this.#locks.get(name) ?? Promise.resolve();
        const aborted = new Promise<never>((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new DOMException('', 'AbortError')));
        });
        aborted.catch(() => undefined);
        const turn = { taken: false };
        const mine = before.then(() => {
          if (signal.aborted) return undefined;
          turn.taken = true;
          return work();
        });
        this.#locks.set(
          name,
          mine.catch(() => undefined),
        );
        await Promise.race([before, aborted]);
        return mine as Promise<Awaited<ReturnType<typeof work>>>;
      },
    };
  }

  /** @internal */
  openChannel(name: string, hear: (message: unknown) => void): Channel {
    const members = this.#channels.get(name) ?? new Set();
    this.#channels.set(name, members.add(hear));
    return {
      send: (message) => {
        // As the channel of a browser does.
        if (!members.has(hear)) throw new DOMException('', 'InvalidStateError');
        const copy = structuredClone(message);
        for (const member of members) {
          if (member !== hear) this.clock.setTimeout(() => member(copy), 1);
        }
      },
      close: () => members.delete(hear),
    };
  }

  /** @internal */
  close(tab: VirtualTab): void {
    this.#tabs.delete(tab);
  }

  #after(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (milliseconds === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = this.clock.setTimeout(resolve, milliseconds);
      signal.addEventListener('abort', () => {
        this.clock.clearTimeout(timer);
        reject(new DOMException('', 'AbortError'));
      });
    });
  }
}

/** One tab. */
export class VirtualTab {
  readonly browser: Browser;
  visible = true;
  focused = true;
  readonly #listeners = new Map<BrowserEvent, Set<() => void>>();
  #closed = false;

  constructor(
    private readonly profile: VirtualProfile,
    without: readonly string[],
  ) {
    const { clock } = profile;
    // What a closed tab had begun goes nowhere, as in a browser.
    const alive = (work: () => void) => () => {
      if (!this.#closed) work();
    };
    this.browser = {
      origin: profile.origin,
      fetch: (url, init) => profile.send(url, init),
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      random: () => profile.random(),
      uuid: () => crypto.randomUUID(),
      setTimeout: (work, milliseconds) => clock.setTimeout(alive(work), milliseconds),
      clearTimeout: (timer) => clock.clearTimeout(timer),
      locks: without.includes('locks') ? undefined : profile.locks,
      openChannel: without.includes('channel')
        ? undefined
        : (name, hear) => {
            const channel = profile.openChannel(name, (message) => {
              if (!this.#closed) hear(message);
            });
            const send = (message: unknown) => {
              if (!this.#closed) channel.send(message);
            };
            return { ...channel, send };
          },
      cookies: () =>
        [...profile.jar]
          .filter(([name]) => name.endsWith('hint'))
          .map(([name, value]) => `${name}=${value}`)
          .join('; '),
      isVisible: () => this.visible,
      hasFocus: () => this.focused,
      isOnline: () => profile.online,
      on: (event, listener) => {
        const listeners = this.#listeners.get(event) ?? new Set();
        this.#listeners.set(event, listeners.add(listener));
        return () => listeners.delete(listener);
      },
    };
  }

  emit(event: BrowserEvent): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) listener();
  }

  show(): void {
    this.visible = true;
    this.emit('visible');
  }

  hide(): void {
    this.visible = false;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.profile.close(this);
    await settle();
  }
}
