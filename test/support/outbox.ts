import { newId } from '../../src/database/identifiers';
import { DeliveryWorker } from '../../src/delivery/delivery-worker';
import type { AuthApp } from './auth-app';
import { until } from './until';

/** A mail as the table holds it. */
export interface OutboxRow {
  readonly id: string;
  readonly kind: string;
  readonly recipient: string | null;
  readonly details: Readonly<Record<string, string>>;
  readonly status: string;
  readonly attempts: number;
  readonly last_error: string | null;
  /** Seconds until it is due. */
  readonly due_in: number;
}

export function outboxOf(app: AuthApp): Promise<OutboxRow[]> {
  return app.sql<OutboxRow>(
    `SELECT id, kind, recipient, details, status, attempts, last_error,
       extract(epoch FROM due_at - clock_timestamp())::float8 AS due_in
     FROM auth.deliveries ORDER BY id`,
  );
}

/** Writes mails to be sent, as an event would. */
export async function writeMails(app: AuthApp, ...recipients: string[]): Promise<void> {
  for (const recipient of recipients) {
    await app.sql(
      `INSERT INTO auth.deliveries (id, kind, account_id, recipient, details)
       VALUES ($1, 'new_sign_in', $2, $3, '{"ip": "192.0.2.1"}')`,
      [newId(), newId(), recipient],
    );
  }
}

/** Lets every wait and every lease end: times that decide are those of the database. */
export async function makeDue(app: AuthApp): Promise<void> {
  await app.sql(`UPDATE auth.deliveries SET due_at = clock_timestamp() WHERE status = 'pending'`);
}

/** Looks once, and waits for all that it began. */
export async function sendDue(app: AuthApp): Promise<void> {
  const worker = app.nest.get(DeliveryWorker, { strict: false });
  await worker.look();
  await until('nothing is being sent', () => worker.sending === 0);
}
