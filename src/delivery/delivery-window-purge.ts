import { Injectable } from '@nestjs/common';
import type { Tx } from '../database/database';
import type { Purge, PurgeStep } from '../database/purge';
import { DELIVERY_BOUNDS } from '../options/delivery-options';
import { PastWindowsRepository } from './past-windows.repository';

/** Twice the longest window that an option allows: instances may be configured differently for a while. */
export const PAST_WINDOW_SECONDS = 2 * DELIVERY_BOUNDS.newSignInWindowSeconds.max;

/** Removes windows in which an account gets no second mail, long after they ended. */
@Injectable()
export class DeliveryWindowPurge implements Purge {
  readonly name = 'delivery windows';

  constructor(private readonly windows: PastWindowsRepository) {}

  step(from: string | undefined, tx: Tx): Promise<PurgeStep> {
    return this.windows.removeFrom(from, PAST_WINDOW_SECONDS, tx);
  }
}
