import { Logger } from '@nestjs/common';
import type { Message, MessageSender } from '../options/message-sender';

/**
 * Writes messages to the log instead of sending them, for development: a log holds no mail of people.
 *
 * @publicApi
 */
export class LogMessageSender implements MessageSender {
  readonly #logger = new Logger('Mail');

  send({ to, subject, text }: Message, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    this.#logger.log(JSON.stringify({ event: 'mail', to, subject, text }));
    return Promise.resolve();
  }
}
