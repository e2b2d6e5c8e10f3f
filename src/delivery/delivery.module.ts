import { Module } from '@nestjs/common';
import { ResolvedAuthOptions } from '../options/auth-options';
import { MessageSender } from '../options/message-sender';
import { DeliveriesRepository } from './deliveries.repository';
import { DeliveryPurge } from './delivery-purge';
import { DeliveryWindowPurge } from './delivery-window-purge';
import { DeliveryWorker } from './delivery-worker';
import { MessageRefusedError } from './delivery.errors';
import { NoticeMessages } from './notice-messages';
import { PastWindowsRepository } from './past-windows.repository';
import { SettledDeliveriesRepository } from './settled-deliveries.repository';
import { SmtpMessageSender } from './smtp-message-sender';

@Module({
  providers: [
    {
      provide: MessageSender,
      inject: [ResolvedAuthOptions],
      useFactory: ({ delivery }: ResolvedAuthOptions): MessageSender => {
        if (delivery?.smtp !== undefined) return new SmtpMessageSender(delivery.smtp);
        return delivery?.sender ?? NOBODY;
      },
    },
    DeliveriesRepository,
    DeliveryPurge,
    DeliveryWindowPurge,
    DeliveryWorker,
    NoticeMessages,
    PastWindowsRepository,
    SettledDeliveriesRepository,
  ],
  exports: [DeliveryPurge, DeliveryWindowPurge, DeliveryWorker],
})
export class DeliveryModule {}

/** Without the option nothing is written to be sent, and so nothing ever arrives here. */
const NOBODY: MessageSender = {
  send: () => Promise.reject(new MessageRefusedError('delivery is off')),
};
