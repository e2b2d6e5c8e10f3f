import { Client } from 'pg';

/** A broken invariant, in words. */
export type Violation = string;

/** Actions whose audit events name the sessions that they ended. */
const ENDINGS = `('session_logout', 'session_revoked', 'authn_password_change')`;

const QUERIES: Readonly<Record<string, string>> = {
  // A family is one row, so it cannot have two leaves; what could happen twice is their issue.
  'I1: no generation of a family was handed out twice': `
    SELECT e.session_id::text AS offender FROM auth.audit_events e WHERE e.action = 'session_renewed'
    GROUP BY e.session_id, e.details -> 'generation' HAVING count(*) > 1`,
  'I2: a live session belongs to an account that is active and of its epoch': `
    SELECT s.id::text AS offender FROM auth.sessions s JOIN auth.accounts a ON a.id = s.account_id
    WHERE s.revoked_at IS NULL AND (a.status <> 'active' OR a.security_epoch <> s.account_epoch)`,
  'I2: a live session belongs to no tenant, or to one that is active': `
    SELECT s.id::text AS offender FROM auth.sessions s JOIN auth.tenants t ON t.id = s.tenant_id
    WHERE s.revoked_at IS NULL AND t.status <> 'active'`,
  'I3: no session without an account': `
    SELECT s.id::text AS offender FROM auth.sessions s
    WHERE NOT EXISTS (SELECT 1 FROM auth.accounts a WHERE a.id = s.account_id)`,
  'I4: each rotation has exactly one audit event, and each event a rotation': `
    SELECT s.id::text AS offender FROM auth.sessions s
    WHERE s.counter <> (SELECT count(*) FROM auth.audit_events e
      WHERE e.session_id = s.id AND e.action = 'session_renewed')`,
  'I4: each session was opened by exactly one audited login': `
    SELECT s.id::text AS offender FROM auth.sessions s
    WHERE 1 <> (SELECT count(*) FROM auth.audit_events e
      WHERE e.session_id = s.id AND e.action = 'authn_login_success')`,
  'I4: each audited login and rotation has its session': `
    SELECT e.id::text AS offender FROM auth.audit_events e
    WHERE e.action IN ('authn_login_success', 'session_renewed')
      AND NOT EXISTS (SELECT 1 FROM auth.sessions s WHERE s.id = e.session_id)`,
  'I4: each session that ended was ended by exactly one audited event': `
    SELECT s.id::text AS offender FROM auth.sessions s
    WHERE s.revoked_reason <> 'account_disabled' AND 1 <> (SELECT count(*) FROM auth.audit_events e
      WHERE e.outcome = 'success' AND e.action IN ${ENDINGS}
          AND (e.details -> 'sessions' ? s.id::text
            OR (e.session_id = s.id AND NOT e.details ? 'sessions'))
        OR e.action = 'authn_token_reuse' AND e.session_id = s.id)`,
  'I4: each session that ended with its account has the event of that account': `
    SELECT s.id::text AS offender FROM auth.sessions s
    WHERE s.revoked_reason = 'account_disabled' AND NOT EXISTS (SELECT FROM auth.audit_events e
      WHERE e.action = 'user_disabled' AND e.outcome = 'success' AND e.account_id = s.account_id)`,
  'I4: a session that ended says why, and one that lives says nothing': `
    SELECT s.id::text AS offender FROM auth.sessions s
    WHERE (s.revoked_at IS NULL) <> (s.revoked_reason IS NULL)`,
  'I4: each rise of an epoch was told to every instance exactly once': `
    SELECT a.id::text AS offender FROM auth.accounts a
    WHERE a.security_epoch - 1 <> (SELECT count(*) FROM auth.changes c
      WHERE c.kind = 'account_epoch' AND c.account_id = a.id)`,
};

/** Looks for broken invariants in a database that nobody writes to any more. Reads only. */
export async function violationsIn(databaseUrl: string): Promise<Violation[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const violations: Violation[] = [];
    for (const [invariant, sql] of Object.entries(QUERIES)) {
      const { rows } = await client.query<{ offender: string }>(sql);
      violations.push(...rows.map(({ offender }) => `${invariant}: ${offender}`));
    }
    return violations;
  } finally {
    await client.end();
  }
}
