import type { AuthClient } from '../client.js';
import { signedInBy } from '../state.js';
import { Listeners, perClient } from './per-client.js';

interface Question {
  readonly userId: string | undefined;
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

/** The question for a fresh proof, from the first request that needs one to its answer. */
export class StepUpPrompt {
  readonly #listeners = new Listeners();
  #question: Question | undefined;
  #dialogs = 0;
  #stop: (() => void) | undefined;

  constructor(private readonly client: AuthClient) {
    client.subscribe(() => {
      // What one person was asked is not for another to answer.
      if (this.#userId() !== this.#question?.userId) this.cancel();
    });
  }

  readonly isOpen = (): boolean => this.#question !== undefined;

  /** Subscribes a dialog. While there is none, nobody is asked. */
  readonly attend = (listener: () => void): (() => void) => {
    const stop = this.#listeners.add(listener);
    this.#dialogs += 1;
    this.#stop ??= this.client.onStepUp(() => this.#ask());
    return () => {
      stop();
      this.#dialogs -= 1;
      if (this.#dialogs > 0) return;
      this.#stop?.();
      this.#stop = undefined;
      this.cancel();
    };
  };

  readonly confirm = async (password: string): Promise<void> => {
    await this.client.stepUp({ password });
    this.#close()?.resolve();
  };

  readonly cancel = (): void => this.#close()?.reject(new Error('the step-up was cancelled'));

  #ask(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#question = { userId: this.#userId(), resolve, reject };
      this.#listeners.tell();
    });
  }

  #close(): Question | undefined {
    const question = this.#question;
    this.#question = undefined;
    if (question !== undefined) this.#listeners.tell();
    return question;
  }

  #userId(): string | undefined {
    return signedInBy(this.client.getState())?.user.id;
  }
}

/** @internal */
export const stepUpPromptOf = perClient((client) => new StepUpPrompt(client));
