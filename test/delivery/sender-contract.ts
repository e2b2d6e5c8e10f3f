import type { Message, MessageSender } from '../../src/options/message-sender';

/** A sender under test, with a way to see what it carried. */
export interface SenderUnderTest {
  readonly sender: MessageSender;
  /** Recipient and text of everything carried so far. */
  carried(): readonly { readonly to: string; readonly text: string }[];
  close?(): Promise<void>;
}

export const MESSAGE: Message = {
  messageId: '<0192f5a0-0000-7000-8000-000000000001.portcullis@example.org>',
  from: { name: 'Example', address: 'auth@example.org' },
  to: 'ada@example.test',
  subject: 'New sign-in',
  text: 'Hello Ada,\n\nSomebody signed in.\n',
  html: '<p>Hello Ada,</p>',
};

/** What every sender has to do, however it carries messages. */
export function describeMessageSender(
  name: string,
  open: () => SenderUnderTest | Promise<SenderUnderTest>,
): void {
  describe(`${name}, as a sender of messages,`, () => {
    let tested: SenderUnderTest;
    beforeEach(async () => {
      tested = await open();
    });
    afterEach(() => tested.close?.());

    it('has carried a message when its promise resolves', async () => {
      await tested.sender.send(MESSAGE, new AbortController().signal);
      const [carried, ...others] = tested.carried();
      expect(others).toEqual([]);
      expect(carried?.to).toBe(MESSAGE.to);
      expect(carried?.text.trim()).toBe(MESSAGE.text.trim());
    });

    it('carries messages side by side, each once', async () => {
      const recipients = Array.from({ length: 5 }, (_, index) => `person-${index}@example.test`);
      const { signal } = new AbortController();
      await Promise.all(recipients.map((to) => tested.sender.send({ ...MESSAGE, to }, signal)));
      expect(
        tested
          .carried()
          .map(({ to }) => to)
          .sort(),
      ).toEqual(recipients);
    });

    it('carries nothing once its time is over, and says why', async () => {
      const reason = new Error('too late');
      await expect(tested.sender.send(MESSAGE, AbortSignal.abort(reason))).rejects.toBe(reason);
      expect(tested.carried()).toEqual([]);
    });
  });
}
