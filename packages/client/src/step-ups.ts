import type { StateStore } from './state.js';

/** Asks the person to prove once more who they are; resolves when they have, rejects when they will not. */
export type StepUpListener = () => Promise<void>;

/** The question for a fresh proof: one for all requests that want it, and for one person. */
export class StepUps {
  readonly #store: StateStore;
  #listener: StepUpListener | undefined;
  #question: Promise<void> | undefined;
  /** The session ended: nobody is there any more to answer, and the next person was not asked. */
  drop: (() => void) | undefined;

  constructor(store: StateStore) {
    this.#store = store;
  }

  /** The last one that was registered is asked. */
  listen(listener: StepUpListener): () => void {
    this.#listener = listener;
    return () => {
      if (this.#listener === listener) this.#listener = undefined;
    };
  }

  /**
   * Asks for a proof that is newer than that, unless there is one; answers whether one of the same epoch is
   * there now.
   */
  async ask(provenAt: string | undefined, epoch: number): Promise<boolean> {
    const store = this.#store;
    if (provenAt === undefined) return false;
    if (store.provenAt === provenAt)
      await (this.#question ??= this.#ask().finally(() => (this.#question = undefined)));
    return store.epoch === epoch && store.provenAt !== provenAt;
  }

  async #ask(): Promise<void> {
    const dropped = new Promise<void>((resolve) => (this.drop = resolve));
    try {
      await Promise.race([this.#listener?.(), dropped]);
    } catch {
      // The answer of the API tells the caller that it was refused.
    }
  }
}
