import type { AuthApp } from './auth-app';

/** Whether, within a few seconds, a statement that contains a text stands behind somebody's row lock. */
export async function waitForLock(app: AuthApp, text: string): Promise<boolean> {
  for (let look = 0; look < 250; look += 1) {
    const rows = await app.sql(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
       AND wait_event_type = 'Lock' AND strpos(query, $1) > 0 AND pid <> pg_backend_pid()`,
      [text],
    );
    if (rows.length > 0) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}
