import { Injectable } from '@nestjs/common';
import type { ResolvedDeliveryOptions } from '../options/delivery-options';
import type { Mail, Message, Notice, NoticeKind } from '../options/message-sender';
import { toPrintable } from '../requests/printable';
import { composeMail } from './compose-mail';
import type { ClaimedDelivery } from './deliveries.repository';
import { MessageRefusedError } from './delivery.errors';
import { deviceName } from './device-name';
import { NOTICE_WORDS } from './notice-words';

const MAX_NAME = 100;
const MAX_SUBJECT = 200;

/** What mail software makes a link of: a greeting must not be somebody's advertisement. */
const LIKE_A_LINK = /[/:@\\]|\.\S/u;

/** One recipient and nothing else: no list, no group, no second header (RC-13). */
const ONE_ADDRESS = /^[^\s<>()[\]\\,;:"@\p{C}]+@[^\s<>()[\]\\,;:"@\p{C}]+$/u;

/** Makes the message of a delivery: our words, or those of the team. */
@Injectable()
export class NoticeMessages {
  /**
   * @throws MessageRefusedError for what is no recipient; whatever the team's renderer throws
   */
  async of(delivery: ClaimedDelivery, delivering: ResolvedDeliveryOptions): Promise<Message> {
    if (!ONE_ADDRESS.test(delivery.recipient)) throw new MessageRefusedError('recipient');
    const { from } = delivering;
    const mail = await this.#render(noticeOf(delivery, delivering), delivering);
    return {
      subject: toPrintable(mail.subject, MAX_SUBJECT),
      text: mail.text,
      html: mail.html,
      messageId: `<${delivery.id}.portcullis@${from.address.slice(from.address.indexOf('@') + 1)}>`,
      from,
      to: delivery.recipient,
    };
  }

  async #render(notice: Notice, { renderers }: ResolvedDeliveryOptions): Promise<Mail> {
    const own = renderers[notice.kind];
    if (own !== undefined) return own(notice);
    // A row of a newer version, while instances of both run.
    if (!isKnown(notice.kind)) throw new Error(`No mail is known for ${String(notice.kind)}`);
    return composeMail(NOTICE_WORDS[notice.kind](notice));
  }
}

function isKnown(kind: string): kind is NoticeKind {
  return Object.hasOwn(NOTICE_WORDS, kind);
}

function noticeOf(
  { kind, accountId, details, createdAt }: ClaimedDelivery,
  { applicationName, accountUrl }: ResolvedDeliveryOptions,
): Notice {
  return Object.freeze({
    kind,
    accountId,
    displayName: greetable(details.displayName),
    occurredAt: createdAt,
    device: deviceName(details.userAgent),
    address: details.ip ?? 'unknown',
    applicationName,
    accountUrl,
  });
}

function greetable(displayName: string | undefined): string | undefined {
  const name = toPrintable((displayName ?? '').slice(0, MAX_NAME * 4), MAX_NAME).trim();
  return name === '' || LIKE_A_LINK.test(name) ? undefined : name;
}
