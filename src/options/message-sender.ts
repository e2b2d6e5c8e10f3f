/** What people are told of by mail, by the name under which it waits in the database. @publicApi */
export type NoticeKind = 'new_sign_in' | 'refresh_reused';

/** Something that happened to an account and that its owner should know of. @publicApi */
export interface Notice {
  readonly kind: NoticeKind;
  readonly accountId: string;
  /** As its owner or an administrator chose it; absent where it would read as a link. Not encoded. */
  readonly displayName?: string;
  readonly occurredAt: Date;
  /** The program and system of the request in words of ours, such as `Firefox on Windows`. */
  readonly device: string;
  /** Where the request came from. */
  readonly address: string;
  /** `delivery.applicationName`. */
  readonly applicationName: string;
  /** `delivery.accountUrl`. */
  readonly accountUrl?: string;
}

/** What a mail says. @publicApi */
export interface Mail {
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
}

/** Words a mail for a notice, in whatever language. @publicApi */
export type NoticeRenderer = (notice: Notice) => Mail | Promise<Mail>;

/** A mail on its way. @publicApi */
export interface Message extends Mail {
  /** The same at each attempt, so that receivers recognise a repetition (RFC 5322 §3.6.4). */
  readonly messageId: string;
  /** The sender: an address, and the name shown with it. */
  readonly from: { readonly name?: string; readonly address: string };
  /** The one recipient. */
  readonly to: string;
}

/** Token of the sender of messages. It shares its name with the interface. @publicApi */
export const MessageSender = Symbol('MessageSender');

/**
 * Carries messages to where they are read.
 *
 * @publicApi
 */
export interface MessageSender {
  /**
   * Resolves once somebody else has taken responsibility for the message. A rejection means that it
   * has to be tried again, unless it is a `MessageRefusedError`.
   *
   * @param signal aborts when the time is over: whatever is not handed over by then must not be later
   */
  send(message: Message, signal: AbortSignal): Promise<void>;
}
