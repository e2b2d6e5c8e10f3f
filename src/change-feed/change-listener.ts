import type { Change } from './change';

/**
 * Hears every change of every instance, also this one, in no particular order and at least once.
 */
export interface ChangeListener {
  /** Called for each change. It must not throw and not wait. */
  onChange(change: Change): void;
  /**
   * The feed (re)connected and may have missed something: drop whatever was cached. The changes of
   * the recent past follow through {@link onChange} before anything is decided again.
   */
  onReconnect?(): void | Promise<void>;
}
