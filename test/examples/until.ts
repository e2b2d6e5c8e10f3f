/** Within the limit of a test, so that a wait in vain fails and does not go on behind it. */
const LIMIT_MILLISECONDS = 20_000;
const STEP_MILLISECONDS = 20;

/** Waits for something that comes over a connection. */
export async function until(isSo: () => boolean, otherwise: () => string): Promise<void> {
  const end = performance.now() + LIMIT_MILLISECONDS;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`waited in vain: ${otherwise()}`);
    await new Promise((resolve) => setTimeout(resolve, STEP_MILLISECONDS));
  }
}
