/**
 * Waits for work no longer than a limit. Work that finished in time wins even where the event loop was
 * blocked when the limit passed: timers run before answers are read, so it looks once more after them.
 *
 * @throws Error `timed out after … ms`, and whatever the work throws
 */
export function within<Result>(limitMs: number, work: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      setImmediate(() => reject(new Error(`timed out after ${limitMs} ms`)));
    }, limitMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
