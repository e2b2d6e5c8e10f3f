import { Injectable } from '@nestjs/common';
import type { Tx } from '../database/database';
import { stepOf, type Purge, type PurgeStep } from '../database/purge';
import { SettledDeliveriesRepository } from './settled-deliveries.repository';

/** Long enough to find out why a mail did not arrive. */
export const SETTLED_DELIVERY_DAYS = 30;

/** Removes mails that were sent or given up. */
@Injectable()
export class DeliveryPurge implements Purge {
  readonly name = 'deliveries';

  constructor(private readonly deliveries: SettledDeliveriesRepository) {}

  async step(_from: string | undefined, tx: Tx): Promise<PurgeStep> {
    return stepOf(await this.deliveries.removeOlderThan(SETTLED_DELIVERY_DAYS, tx));
  }
}
