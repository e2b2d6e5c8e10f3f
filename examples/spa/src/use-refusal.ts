import { AuthError } from '@portcullis/client';
import { useEffect, useRef, useState, type RefObject } from 'react';
import { useCountdown } from './use-countdown';
import { wordsFor, type Words } from './words';

/** A form's last refusal, and how long the next attempt has to wait. */
export interface Refusal {
  readonly words: Words | undefined;
  readonly error: AuthError | undefined;
  /** Seconds left before it makes sense to try again. */
  readonly wait: number;
  /** Goes on the summary, which takes the focus whenever something is refused. */
  readonly summary: RefObject<HTMLDivElement | null>;
  readonly isPending: boolean;
  /** Runs what was submitted. Answers whether it was accepted. */
  run(this: void, work: () => Promise<unknown>): Promise<boolean>;
}

/** What every form of a password has in common: one attempt at a time, and words for what went wrong. */
export function useRefusal(): Refusal {
  const [error, setError] = useState<AuthError>();
  const [until, setUntil] = useState<number>();
  const [isPending, setPending] = useState(false);
  const summary = useRef<HTMLDivElement>(null);
  const wait = useCountdown(until);

  useEffect(() => {
    if (error !== undefined) summary.current?.focus();
  }, [error]);

  const run = async (work: () => Promise<unknown>): Promise<boolean> => {
    if (isPending) return false;
    setPending(true);
    try {
      await work();
      setError(undefined);
      return true;
    } catch (reason) {
      const refused = reason instanceof AuthError ? reason : new AuthError({ code: 'network' });
      setError(refused);
      const seconds = refused.retryAfterSeconds;
      setUntil(seconds === undefined ? undefined : performance.now() + seconds * 1000);
      return false;
    } finally {
      setPending(false);
    }
  };

  return { error, wait, summary, isPending, run, words: error && wordsFor(error) };
}
