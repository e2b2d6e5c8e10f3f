import type { AuditOrigin } from '../audit/audit-event';
import { seconds, type Parameters } from '../database/parameters';
import type { AuthTables } from '../database/tables';
import { noticeCtes } from '../delivery/notice.sql';
import type { ResolvedDeliveryOptions } from '../options/delivery-options';
import type { GuessReservation } from '../throttling/guess-reservation';

/** Whose records may be gone by now: an account as old as this is never new. */
const NEW_ACCOUNT_DAYS = 30;

/**
 * Tells the owner of a sign-in from a device that did not prove to have signed in before (LG-12), to
 * stand behind the CTEs `a` (the account) and `s` (its new session).
 *
 * Not of the first one: nobody else can have known the password yet. A repetition of that first request
 * is none either, which is why what counts as an earlier sign-in has to be older than the window.
 */
export function newSignInCtes(
  tables: AuthTables,
  p: Parameters,
  { reservation, origin }: { readonly reservation: GuessReservation; readonly origin: AuditOrigin },
  delivery: ResolvedDeliveryOptions | undefined,
): string {
  if (delivery === undefined || reservation.lane === 'known_device') return '';
  const windowSeconds = delivery.newSignInWindowSeconds;
  const before = `clock_timestamp() - ${p.add(seconds(windowSeconds), 'interval')}`;
  const from = `s JOIN a ON a.id = s.account_id
    WHERE a.created_at < clock_timestamp() - interval '${NEW_ACCOUNT_DAYS} days'
      OR EXISTS (SELECT FROM ${tables.sessions} e WHERE e.account_id = a.id AND e.created_at <= ${before})
      OR EXISTS (SELECT FROM ${tables.audit} e WHERE e.account_id = a.id
        AND e.action = 'authn_login_success' AND e.occurred_at <= ${before})`;
  return `, ${noticeCtes(tables, p, { kind: 'new_sign_in', origin, windowSeconds }, from)}`;
}
