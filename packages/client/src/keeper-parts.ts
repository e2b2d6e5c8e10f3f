import type { Browser } from './browser.js';
import type { Refresher } from './refresher.js';
import type { AnonymousReason, StateStore } from './state.js';
import type { Wire } from './wire.js';

/** What the keeper is made of. */
export interface KeeperParts {
  readonly browser: Browser;
  readonly store: StateStore;
  readonly wire: Wire;
  readonly refresher: Refresher;
  readonly channelName: string;
  /** `session` has no access token: cookies carry everything. */
  readonly transport: 'cookie' | 'session';
  readonly shareToken: boolean;
  /** Whether the hint cookie can be read from this page. */
  readonly hasHint: boolean;
  /** Called whenever a session ends in this tab. */
  readonly onEnd: (reason: AnonymousReason) => void;
}
