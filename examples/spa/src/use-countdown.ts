import { useEffect, useState } from 'react';

/** Seconds until a moment of `performance.now()`, counted down; 0 where it is past or there is none. */
export function useCountdown(until: number | undefined): number {
  const [now, setNow] = useState(() => performance.now());
  const left = until === undefined ? 0 : Math.max(0, Math.ceil((until - now) / 1000));
  const isRunning = left > 0;
  useEffect(() => {
    if (!isRunning) return undefined;
    const timer = setInterval(() => setNow(performance.now()), 250);
    return () => clearInterval(timer);
  }, [isRunning]);
  useEffect(() => setNow(performance.now()), [until]);
  return left;
}
