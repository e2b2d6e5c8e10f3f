/**
 * The message will never be taken: its recipient does not exist, or its content is refused. Anything
 * else that a `MessageSender` throws is tried again.
 *
 * @publicApi
 */
export class MessageRefusedError extends Error {
  /** @param reason a few words for the operator, such as `550 RCPT TO`; never the text of a server */
  constructor(
    readonly reason: string,
    cause?: unknown,
  ) {
    super(`The message was refused: ${reason}`, { cause });
    this.name = 'MessageRefusedError';
  }
}
