/** No timer is armed for longer, so that a clock that jumps or a laptop that sleeps is noticed. */
export const TICK_MS = 30_000;
/** However wrong a clock is, two refreshes on our own account are never closer together. */
export const MIN_REFRESH_INTERVAL_MS = 5000;
/** A server that refuses is asked ever more seldom, and not at all for as long as it says, up to this. */
export const MAX_PAUSE_MS = 300_000;
/** How long the tab that signs in or out has to say so itself before the cookie that changed is judged. */
export const SETTLE_MS = 100;
/** Tabs that are online again at the same moment do not ask at the same moment. */
export const ONLINE_JITTER_MS = 3000;
