import { AuthError } from '@portcullis/client';
import { useCallback, useEffect, useRef, useState } from 'react';

const FRESH_MILLISECONDS = 10_000;

/** What a page shows of the server. */
export interface Resource<Data> {
  readonly data: Data | undefined;
  /** Why the last request failed; the data of the one before stays. */
  readonly error: AuthError | undefined;
  readonly reload: () => void;
  readonly set: (data: Data) => void;
}

type Held<Data> = Pick<Resource<Data>, 'data' | 'error'> & { readonly key: string };

/**
 * Loads what a page shows, and again while the page is looked at. It is kept in the component and
 * nowhere else: when the session ends, the component goes and what it knew with it.
 *
 * @param key names what is loaded; nothing of another key is ever shown
 */
export function useResource<Data>(
  key: string,
  load: (signal: AbortSignal) => Promise<Data>,
): Resource<Data> {
  const [held, hold] = useState<Held<Data>>({ key, data: undefined, error: undefined });
  const [round, setRound] = useState(0);
  const latest = useRef(load);
  useEffect(() => {
    latest.current = load;
  });

  useEffect(() => {
    const aborter = new AbortController();
    latest.current(aborter.signal).then(
      (data) => !aborter.signal.aborted && hold({ key, data, error: undefined }),
      (reason: unknown) => {
        if (aborter.signal.aborted) return;
        const error = reason instanceof AuthError ? reason : new AuthError({ code: 'network' });
        hold((before) => ({
          key,
          error,
          data: before.key === key && error.retryable ? before.data : undefined,
        }));
      },
    );
    return () => aborter.abort();
  }, [key, round]);

  const reload = useCallback(() => setRound((count) => count + 1), []);
  const set = useCallback((data: Data) => hold({ key, data, error: undefined }), [key]);

  useEffect(() => {
    const look = () => document.visibilityState === 'visible' && reload();
    const timer = setInterval(look, FRESH_MILLISECONDS);
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [reload]);

  const isCurrent = held.key === key;
  return {
    data: isCurrent ? held.data : undefined,
    error: isCurrent ? held.error : undefined,
    reload,
    set,
  };
}
