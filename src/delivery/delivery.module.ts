import { Module } from '@nestjs/common';
import { ResolvedAuthOptions } from '../options/auth-options';
import { MessageSender } from '../options/message-sender';
import { DeliveriesRepository } from './deliveries.repository';
import { DeliveryPurge } from './delivery-purge';
import { DeliveryWorker } from './delivery-worker';
import { MessageRefusedError } from './delivery.errors';
import { NoticeMessages } from './notice-messages';
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
    DeliveryWorker,
    NoticeMessages,
    SettledDeliveriesRepository,
  ],
  exports: [DeliveryPurge, DeliveryWorker],
})
export class DeliveryModule {}

/** Without the option nothing is written to be sent, and so nothing ever arrives here. */
const NOBODY: MessageSender = {
  send: () => Promise.reject(new MessageRefusedError('delivery is off')),
};
