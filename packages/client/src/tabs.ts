import { isShared, type SharedAccess } from './access.js';
import type { Browser, Channel } from './browser.js';
import type { SignedIn } from './state.js';
import { isSignedIn } from './wire.js';

/**
 * What the tabs of one origin tell each other. A message can only end a session, bring a later
 * generation of it, or ask; none of them signs a page in that the server would not.
 */
export type TabMessage =
  | { readonly kind: 'access'; readonly access: SharedAccess; readonly signedIn: SignedIn }
  | { readonly kind: 'ended'; readonly sessionId?: string | undefined; readonly reason: string }
  | { readonly kind: 'began'; readonly sessionId: string }
  | { readonly kind: 'ask' };

const VERSION = 1;

/** The other tabs. Without BroadcastChannel there are none, and the server's grace carries them. */
export class Tabs {
  #channel: Channel | undefined;

  constructor(browser: Browser, name: string, hear: (message: TabMessage) => void) {
    this.#channel = browser.openChannel?.(name, (received) => {
      const { v, message } = Object(received) as Record<string, unknown>;
      // Another version of this package may run in another tab.
      if (v === VERSION && isMessage(message)) hear(message);
    });
  }

  get exist(): boolean {
    return this.#channel !== undefined;
  }

  tell(message: TabMessage): void {
    this.#channel?.send({ v: VERSION, message });
  }

  close(): void {
    this.#channel?.close();
    // A refresh that ends later has nobody to tell, and a closed channel throws.
    this.#channel = undefined;
  }
}

/** Any script of the origin may say anything. */
function isMessage(told: unknown): told is TabMessage {
  const { kind, sessionId, access, signedIn } = Object(told) as Record<string, unknown>;
  if (kind === 'access') return isShared(access) && isSignedIn(signedIn);
  const isNamed = typeof sessionId === 'string';
  return (
    kind === 'ask' ||
    (isNamed && kind === 'began') ||
    (kind === 'ended' && (isNamed || sessionId === undefined))
  );
}
