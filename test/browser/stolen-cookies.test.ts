import type { Page } from 'playwright-core';
import { accountOf, ask, becomes, describeOnStage, reasonOf, refresh, statuses } from './stage';

describeOnStage('cookies in two browsers', (stage) => {
  /** Somebody’s page, and one in another browser with a copy of the cookies, which refreshed first. */
  const withCopy = async (): Promise<{
    readonly pages: [Page, Page];
    readonly sessionId: string;
  }> => {
    const [person] = await stage.people(1);
    const page = await stage.signedIn('/', accountOf(person!));
    const other = await stage.freshContext();
    await other.addCookies(await stage.context.cookies());
    const copy = await stage.open('/', other);
    await becomes(copy, 'authenticated');
    const sessionId = await page.evaluate(() => {
      const state = globalThis.auth.getState();
      return 'session' in state ? state.session.id : '';
    });
    return { pages: [page, copy], sessionId };
  };

  const auditOf = async (sessionId: string) => {
    const rows = await stage.site.sql(
      `SELECT action FROM auth.audit_events WHERE session_id = '${sessionId}' ORDER BY id`,
    );
    return rows.map(({ action }) => action);
  };

  it('14: end for both when one is used long after the other, and the audit tells', async () => {
    const { pages, sessionId } = await withCopy();
    const [page, copy] = pages;
    await stage.site.sql(
      `UPDATE auth.sessions SET rotated_at = rotated_at - interval '11 minutes'
       WHERE id = '${sessionId}'`,
    );
    expect(await refresh(page)).toBe('refresh_reused');
    expect(await reasonOf(page)).toBe('refresh_reused');
    expect(await page.evaluate(() => globalThis.ended)).toEqual(['refresh_reused']);
    expect(await ask(copy)).toBe(401);
    expect(await reasonOf(copy)).toBe('session_revoked');
    expect(await statuses(pages)).toEqual(['anonymous', 'anonymous']);
    expect(await auditOf(sessionId)).toContain('authn_token_reuse');
  });

  it('15: serve both within the grace, and the audit tells', async () => {
    const { pages, sessionId } = await withCopy();
    const [page, copy] = pages;
    expect(await refresh(page)).toBe('done');
    expect(await refresh(copy)).toBe('done');
    expect(await Promise.all(pages.map((each) => ask(each, '/auth/session')))).toEqual([200, 200]);
    const audit = await auditOf(sessionId);
    expect(audit.filter((action) => action === 'authn_token_grace')).toHaveLength(1);
    expect(audit).not.toContain('authn_token_reuse');
  });
});
