/** What makes a session live that stands under a name in a statement. */
export function isLiveSql(s: string): string {
  return `${s}.revoked_at IS NULL AND ${s}.idle_expires_at > clock_timestamp()
  AND ${s}.absolute_expires_at > clock_timestamp()`;
}

/** What of a session `s` makes it live. */
export const LIVE = isLiveSql('s');

/** What a session `s` of an account `a` is: it is the state of a `FoundSession`. */
export const STATE = `CASE
  WHEN a.status <> 'active' THEN 'disabled'
  WHEN s.revoked_at IS NOT NULL OR a.security_epoch <> s.account_epoch THEN 'revoked'
  WHEN NOT (${LIVE}) THEN 'expired' ELSE 'live' END`;
