import type { AuthApp } from './auth-app';

/** Lets a session grow older: the times that decide are those of the database, so its rows are moved. */
export async function ageSession(app: AuthApp, sessionId: string, seconds: number): Promise<void> {
  await app.sql(
    `UPDATE auth.sessions SET
       rotated_at = rotated_at - $2::interval, created_at = created_at - $2::interval,
       last_seen_at = last_seen_at - $2::interval, auth_time = auth_time - $2::interval,
       idle_expires_at = idle_expires_at - $2::interval,
       absolute_expires_at = absolute_expires_at - $2::interval
     WHERE id = $1`,
    [sessionId, `${seconds} seconds`],
  );
}

/** The actions that the audit holds of a session, oldest first. */
export async function auditOf(app: AuthApp, sessionId: string): Promise<string[]> {
  const rows = await app.sql<{ action: string }>(
    'SELECT action FROM auth.audit_events WHERE session_id = $1 ORDER BY id',
    [sessionId],
  );
  return rows.map(({ action }) => action);
}
