import type { Notice, NoticeKind } from '../options/message-sender';
import type { MailWords } from './compose-mail';

/** What our own mails say. */
export const NOTICE_WORDS: Readonly<Record<NoticeKind, (notice: Notice) => MailWords>> = {
  new_sign_in: (notice) => ({
    ...common(notice),
    subject: `New sign-in to ${notice.applicationName}`,
    paragraphs: [
      `Somebody signed in to your account at ${notice.applicationName} from a device or program that had not signed in to it before.`,
    ],
    advice: [
      'Was it you? Then there is nothing to do.',
      'Was it not? Then somebody knows your password. Change it now: that also signs out every other device.',
      NEVER_ASKED,
    ],
  }),
  refresh_reused: (notice) => ({
    ...common(notice),
    subject: `A session at ${notice.applicationName} was ended for your safety`,
    paragraphs: [
      `The key of one of your sessions at ${notice.applicationName} was used a second time, after it had been replaced. That happens when somebody has copied it.`,
      'Nobody can tell which of the two is you, so that session was ended for both. Your other sessions go on.',
    ],
    advice: [
      'Sign in again where you were signed out.',
      'If you do not recognise the device or the address, change your password, and look for unwanted software on the devices that you use.',
      NEVER_ASKED,
    ],
  }),
};

const NEVER_ASKED = 'We never ask for your password by mail.';

function common({ displayName, occurredAt, device, address, accountUrl }: Notice) {
  return {
    language: 'en',
    greeting: displayName === undefined ? 'Hello,' : `Hello ${displayName},`,
    facts: [
      { label: 'Time', value: utc(occurredAt) },
      { label: 'Device', value: device },
      { label: 'Address', value: address },
    ],
    link: accountUrl,
  };
}

/** `2026-11-28 05:09:40 UTC`. */
function utc(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
