import type { SharedAccess } from './access.js';
import type { Browser, Channel } from './browser.js';
import type { SignedIn } from './state.js';

/**
 * What the tabs of one origin tell each other. A message can only end a session, bring a later
 * generation of it, or ask; none of them signs a page in that the server would not.
 */
export type TabMessage =
  | { readonly kind: 'access'; readonly access: SharedAccess; readonly signedIn: SignedIn }
  | { readonly kind: 'ended'; readonly sessionId: string | undefined; readonly reason: string }
  | { readonly kind: 'began'; readonly sessionId: string }
  | { readonly kind: 'ask' };

/** The same as it is heard: any script of the origin may say anything. */
export type HeardMessage = Readonly<
  Partial<Record<'kind' | 'sessionId' | 'reason' | 'access' | 'signedIn', unknown>>
>;

const VERSION = 1;
/** How long a new tab waits for an older one to hand it the token. */
const ASK_MS = 30;

/** The other tabs. Without BroadcastChannel there are none, and the server's grace carries them. */
export class Tabs {
  readonly #browser: Browser;
  #channel: Channel | undefined;
  /** Ends the waiting of whoever asked; undefined while nobody does. */
  answer: ((isAnswered: boolean) => void) | undefined;

  constructor(browser: Browser, name: string, hear: (message: HeardMessage) => void) {
    this.#browser = browser;
    this.#channel = browser.openChannel?.(name, (received) => {
      const { v, message } = Object(received) as Record<string, unknown>;
      // Another version of this package may run in another tab.
      if (v === VERSION) hear(Object(message) as HeardMessage);
    });
  }

  tell(message: TabMessage): void {
    this.#channel?.send({ v: VERSION, message });
  }

  /** Whether one of them hands its token over. */
  async ask(): Promise<boolean> {
    if (this.#channel === undefined) return false;
    return new Promise<boolean>((resolve) => {
      this.answer = resolve;
      this.#browser.setTimeout(() => resolve(false), ASK_MS);
      this.tell({ kind: 'ask' });
    }).finally(() => (this.answer = undefined));
  }

  close(): void {
    this.#channel?.close();
    // A browser throws at whoever speaks on a closed one.
    this.#channel = undefined;
  }
}
