import { AuthError } from '@portcullis/client';
import { useState } from 'react';
import { useToast } from './toasts';
import { wordsFor } from './words';

/** What a list lets people do to its items, one at a time. */
export interface ItemAction {
  /** The item that something is being done to. */
  readonly pending: string | undefined;
  /** Says how it ended, and reads the list anew. Answers whether it was done. */
  run(this: void, item: string, work: () => Promise<unknown>, done: string): Promise<boolean>;
}

export function useAction(reload: () => void): ItemAction {
  const say = useToast();
  const [pending, setPending] = useState<string>();
  const run = async (item: string, work: () => Promise<unknown>, done: string) => {
    setPending(item);
    try {
      await work();
      say('good', done);
      return true;
    } catch (reason) {
      const refusal = reason instanceof AuthError ? reason : new AuthError({ code: 'network' });
      const { title, text } = wordsFor(refusal);
      say('bad', `${title}. ${text}`);
      return false;
    } finally {
      setPending(undefined);
      reload();
    }
  };
  return { pending, run };
}
