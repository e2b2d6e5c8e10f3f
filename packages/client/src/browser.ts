/** What of a Web Lock manager we use. */
export interface Locks {
  request<Result>(
    name: string,
    options: { readonly signal: AbortSignal },
    work: () => Promise<Result>,
  ): Promise<Result>;
}

/** A channel between the tabs of one origin. */
export interface Channel {
  send(message: unknown): void;
  close(): void;
}

/**
 * Everything of the browser that the client touches, so that time, tabs and the network can be played
 * in a test. What a browser lacks is undefined, and the client does without.
 */
export interface Browser {
  readonly origin: string;
  fetch(input: string | Request, init?: RequestInit): Promise<Response>;
  /** Milliseconds of the wall clock, which also passes in sleep. */
  now(): number;
  /** Milliseconds of a clock that nobody sets. */
  monotonic(): number;
  /** From 0 up to 1. */
  random(): number;
  uuid(): string;
  setTimeout(work: () => void, milliseconds: number): unknown;
  clearTimeout(timer: unknown): void;
  readonly locks?: Locks | undefined;
  openChannel?: ((name: string, hear: (message: unknown) => void) => Channel) | undefined;
  /** The text of `document.cookie`. */
  cookies(): string;
  isVisible(): boolean;
  hasFocus(): boolean;
  isOnline(): boolean;
  /** Listens until the returned function is called. */
  on(event: BrowserEvent, listener: () => void): () => void;
}

export type BrowserEvent = 'visible' | 'online' | 'shown_again' | 'cookies';

/** Not every browser tells of its cookies. */
type Globals = Omit<typeof globalThis, 'cookieStore'> & { readonly cookieStore?: EventTarget };

/** Where a page is rendered on a server: nothing is asked for there, and nobody is listened to. */
const SERVER_ORIGIN = 'http://localhost';

/** The browser that this script runs in. */
export function thisBrowser(): Browser {
  const { document, navigator, location, cookieStore } = globalThis as Globals;
  const isServer = typeof document === 'undefined';
  return {
    origin: isServer ? SERVER_ORIGIN : location.origin,
    fetch: (input, init) => globalThis.fetch(input, init),
    now: () => Date.now(),
    monotonic: () => performance.now(),
    random: () => Math.random(),
    uuid: () => crypto.randomUUID(),
    setTimeout: (work, milliseconds) => setTimeout(work, milliseconds),
    clearTimeout: (timer) => clearTimeout(timer as number),
    locks: (navigator as { locks?: Locks } | undefined)?.locks,
    // Node has the channel too, and there it would join the requests of different people.
    openChannel: isServer || typeof BroadcastChannel === 'undefined' ? undefined : openChannel,
    cookies: () => (isServer ? '' : document.cookie),
    isVisible: () => document.visibilityState === 'visible',
    hasFocus: () => document.hasFocus(),
    isOnline: () => navigator.onLine,
    on(event, listener) {
      if (isServer) return () => undefined;
      if (event === 'visible') {
        const stops = [
          listen(document, 'visibilitychange', listener),
          listen(globalThis, 'focus', listener),
          listen(document, 'resume', listener),
        ];
        return () => stops.forEach((stop) => stop());
      }
      if (event === 'online') return listen(globalThis, 'online', listener);
      if (event === 'cookies')
        return cookieStore ? listen(cookieStore, 'change', listener) : () => undefined;
      return listen(globalThis, 'pageshow', (shown) => {
        if ((shown as PageTransitionEvent).persisted) listener();
      });
    },
  };
}

function listen(target: EventTarget, type: string, listener: (event: Event) => void): () => void {
  target.addEventListener(type, listener);
  return () => target.removeEventListener(type, listener);
}

function openChannel(name: string, hear: (message: unknown) => void): Channel {
  const channel = new BroadcastChannel(name);
  channel.onmessage = ({ data }) => hear(data);
  return { send: (message) => channel.postMessage(message), close: () => channel.close() };
}
