import {
  RequireAuth,
  useSessionExpired,
  useStepUp,
  type SessionExpiredDialog,
  type StepUpDialog,
} from '@portcullis/client/react';
import type { ReactNode } from 'react';
import { ALICE, API, BOB } from '../client-world';
import { RenderedPage } from './page';

interface Opened {
  readonly page: RenderedPage;
  readonly dialog: () => SessionExpiredDialog;
}

async function expired(code = 'session_expired'): Promise<Opened> {
  const page = await RenderedPage.afterReload();
  let dialog: SessionExpiredDialog | undefined;
  const Dialog = (): ReactNode => {
    dialog = useSessionExpired();
    return null;
  };
  await page.showStrictly(
    <>
      <RequireAuth>
        <input />
      </RequireAuth>
      <Dialog />
    </>,
  );
  expect(dialog).toMatchObject({ open: false, email: undefined });
  page.element.querySelector('input')!.value = 'half';
  page.world.server.plan('/auth/refresh', 401, { code });
  await page.done(() => page.auth.refreshAuth().catch(() => undefined));
  return { page, dialog: () => dialog! };
}

export function describeDialogs(): void {
  describe('the dialog of a session that expired', () => {
    it('18: knows who was signed in, and signs in again in place', async () => {
      const { page, dialog } = await expired();
      const changes: string[] = [];
      page.auth.onUserChange(({ email }) => changes.push(email));
      expect(dialog()).toMatchObject({ open: true, email: ALICE.email, reason: 'session_expired' });
      const input = page.element.querySelector('input')!;
      const failed = page.done(() => dialog().signIn('wrong'));
      await expect(failed).rejects.toMatchObject({ code: 'invalid_credentials' });
      expect(dialog().open).toBe(true);
      await page.done(() => dialog().signIn(ALICE.password));
      expect(dialog().open).toBe(false);
      expect(page.element.querySelector('input')).toBe(input);
      expect(input.value).toBe('half');
      expect(changes).toEqual([]);
    });

    it('34: another person who signs in there is a change of user, and finds nothing typed', async () => {
      const { page, dialog } = await expired();
      const shown: string[] = [];
      page.auth.onUserChange(({ email }) => {
        shown.push(`${email} ${page.element.querySelector('input')!.value}`);
      });
      await page.done(() => dialog().signIn(BOB.password, BOB.email));
      // The listener was told before any component was: what it clears was never shown to the next.
      expect(shown).toEqual([`${BOB.email} half`]);
      expect(page.auth.user?.email).toBe(BOB.email);
      expect(page.element.querySelector('input')!.value).toBe('');
    });

    it('closes when it is dismissed, and forgets who it was', async () => {
      const { page, dialog } = await expired();
      await page.done(async () => dialog().dismiss());
      expect(dialog()).toMatchObject({ open: false, email: undefined });
      expect(page.element.querySelector('input')).toBeNull();
    });

    it('closes when another tab signs in', async () => {
      const { page, dialog } = await expired();
      const other = RenderedPage.open(page.world);
      await page.done(() => other.auth.login(ALICE));
      await page.pass();
      expect(dialog().open).toBe(false);
      expect(page.auth.user?.email).toBe(ALICE.email);
    });

    it('stays open while a second factor is asked for', async () => {
      const { page, dialog } = await expired();
      const challenge = { token: 't', factors: ['totp'], expiresIn: 300 };
      page.world.server.plan('/auth/login', 401, { code: 'mfa_required', challenge });
      await page.done(() =>
        dialog()
          .signIn(ALICE.password)
          .catch(() => undefined),
      );
      expect(page.auth.getState().status).toBe('challenge');
      expect(dialog()).toMatchObject({ open: true, email: ALICE.email });
    });

    it('SS-9: sends no password of one person in the name of another', async () => {
      const { page, dialog } = await expired();
      const { signIn } = dialog();
      const other = RenderedPage.open(page.world);
      await page.done(() => other.auth.login(BOB));
      await page.pass();
      expect([dialog().open, page.auth.user?.email]).toEqual([false, BOB.email]);
      const before = page.world.profile.count('/auth/login');
      // The dialog of the one before was still on its way out when its form was sent.
      const late = page.done(() => signIn(ALICE.password));
      await expect(late).rejects.toMatchObject({ code: 'superseded' });
      expect(page.world.profile.count('/auth/login')).toBe(before);
      expect(page.auth.user?.email).toBe(BOB.email);
    });

    it('34: keeps neither address nor password of one person for the dialog of the next', async () => {
      const { page, dialog } = await expired();
      await page.done(() => dialog().signIn(BOB.password, BOB.email));
      page.world.server.plan('/auth/refresh', 401, { code: 'session_expired' });
      await page.done(() => page.auth.refreshAuth().catch(() => undefined));
      expect(dialog()).toMatchObject({ open: true, email: BOB.email });
      const held = JSON.stringify([dialog(), page.element.innerHTML]);
      expect(held).not.toContain(ALICE.email);
      expect(held).not.toContain(ALICE.password);
    });

    it('closes for who signs out, or is not wanted any more, instead of answering it', async () => {
      const { page, dialog } = await expired();
      await page.done(() => page.auth.logout());
      expect(dialog()).toMatchObject({ open: false, email: undefined });
      expect(page.element.querySelector('input')).toBeNull();
    });

    it('knows who is signed in also where it came after them', async () => {
      const page = await RenderedPage.afterReload();
      await page.done(() => page.auth.start());
      let dialog: SessionExpiredDialog | undefined;
      const Dialog = (): ReactNode => {
        dialog = useSessionExpired();
        return null;
      };
      await page.show(<Dialog />);
      page.world.server.plan('/auth/refresh', 401, { code: 'session_expired' });
      await page.done(() => page.auth.refreshAuth().catch(() => undefined));
      expect(dialog).toMatchObject({ open: true, email: ALICE.email });
    });

    it('42: takes the page behind it along when it goes unanswered', async () => {
      const page = await RenderedPage.afterReload();
      const left: string[] = [];
      const Dialog = (): ReactNode => String(useSessionExpired().open);
      const app = (hasDialog: boolean) => (
        <>
          <RequireAuth key="page" onUnauthenticated={(to) => void left.push(to)}>
            secret
          </RequireAuth>
          {hasDialog && <Dialog />}
        </>
      );
      await page.show(app(true));
      page.world.server.plan('/auth/refresh', 401, { code: 'session_expired' });
      await page.done(() => page.auth.refreshAuth().catch(() => undefined));
      expect([page.text, left]).toEqual(['secrettrue', []]);
      await page.show(app(false));
      expect([page.text, left.length]).toEqual(['', 1]);
    });

    it('does not open for who signed out, and knows nobody then', async () => {
      const page = await RenderedPage.afterReload();
      const seen: (string | undefined)[] = [];
      const Dialog = (): ReactNode => {
        seen.push(useSessionExpired().email);
        return null;
      };
      await page.show(<Dialog />);
      await page.done(() => page.auth.logout());
      expect(new Set(seen)).toEqual(new Set([undefined]));
    });
  });

  describe('the dialog of a step-up', () => {
    async function asked(): Promise<{ page: RenderedPage; dialog: () => StepUpDialog }> {
      const page = await RenderedPage.afterReload();
      let dialog: StepUpDialog | undefined;
      const Dialog = (): ReactNode => {
        dialog = useStepUp();
        return null;
      };
      await page.showStrictly(<Dialog />);
      page.world.server.requireFreshProof('/invoices', 60);
      await page.pass(61_000);
      return { page, dialog: () => dialog! };
    }

    it('39: opens for the first request that asks, and sends each once more when it is answered', async () => {
      const { page, dialog } = await asked();
      const answers = Promise.all([page.auth.fetch(API), page.auth.fetch(API)]);
      await page.pass();
      expect(dialog().open).toBe(true);
      const failed = page.done(() => dialog().confirm('wrong'));
      await expect(failed).rejects.toMatchObject({ code: 'invalid_credentials' });
      expect(dialog().open).toBe(true);
      await page.done(() => dialog().confirm(ALICE.password));
      expect(dialog().open).toBe(false);
      const statuses = (await page.done(() => answers)).map(({ status }) => status);
      expect(statuses).toEqual([200, 200]);
      expect(page.world.profile.count('/invoices')).toBe(4);
    });

    it('39: hands the refusal through when it is cancelled', async () => {
      const { page, dialog } = await asked();
      const answer = page.auth.fetch(API);
      await page.pass();
      await page.done(async () => dialog().cancel());
      expect(dialog().open).toBe(false);
      expect((await page.done(() => answer)).status).toBe(401);
      expect(page.world.profile.count('/invoices')).toBe(1);
    });

    it.each([
      ['the session ends', (page: RenderedPage) => page.auth.logout()],
      ['another person signs in', (page: RenderedPage) => page.auth.login(BOB)],
      ['the dialog goes', (page: RenderedPage) => page.leave()],
    ])('39: closes when %s, and nothing is sent again', async (_why, happen) => {
      const { page, dialog } = await asked();
      const answer = page.auth.fetch(API);
      await page.pass();
      expect(dialog().open).toBe(true);
      await page.done<unknown>(() => happen(page));
      expect((await page.done(() => answer)).status).toBe(401);
      expect(page.world.profile.count('/invoices')).toBe(1);
    });

    it('39, SD-9: asks the next person anew, and lets nobody answer for another', async () => {
      const { page, dialog } = await asked();
      const first = page.auth.fetch(API, { method: 'POST' });
      await page.pass();
      const { confirm } = dialog();
      await page.done(() => page.auth.login(BOB));
      expect([dialog().open, (await page.done(() => first)).status]).toEqual([false, 401]);
      await page.pass(61_000);
      const second = page.auth.fetch(API);
      await page.pass();
      expect(dialog().open).toBe(true);
      await page.done(() => dialog().confirm(BOB.password));
      expect((await page.done(() => second)).status).toBe(200);
      expect(confirm).toBe(dialog().confirm);
      const posts = page.world.profile.requests.filter((sent) => sent === 'POST /invoices');
      expect(posts).toHaveLength(1);
    });

    it('39: is asked again after its component was mounted anew', async () => {
      const { page } = await asked();
      const dropped = page.auth.fetch(API);
      await page.pass();
      await page.leave();
      expect((await page.done(() => dropped)).status).toBe(401);
      let again: StepUpDialog | undefined;
      const Dialog = (): ReactNode => {
        again = useStepUp();
        return null;
      };
      await page.showStrictly(<Dialog />);
      expect(again?.open).toBe(false);
      const answer = page.auth.fetch(API);
      await page.pass();
      expect(again?.open).toBe(true);
      await page.done(() => again!.confirm(ALICE.password));
      expect((await page.done(() => answer)).status).toBe(200);
    });

    it('39: stays open as long as one of its components is there, and asks nobody once none is', async () => {
      const page = await RenderedPage.afterReload();
      const Dialog = (): ReactNode => String(useStepUp().open);
      await page.show([<Dialog key="1" />, <Dialog key="2" />]);
      page.world.server.requireFreshProof('/invoices', 60);
      await page.pass(61_000);
      const answer = page.auth.fetch(API);
      await page.pass();
      expect(page.text).toBe('truetrue');
      await page.show([<Dialog key="2" />]);
      expect(page.text).toBe('true');
      await page.show(null);
      expect((await page.done(() => answer)).status).toBe(401);
      expect((await page.done(() => page.auth.fetch(API))).status).toBe(401);
    });

    it('39: is not there, and the refusal is handed through', async () => {
      const page = await RenderedPage.afterReload();
      await page.show(null);
      page.world.server.requireFreshProof('/invoices', 60);
      await page.pass(61_000);
      expect((await page.done(() => page.auth.fetch(API))).status).toBe(401);
    });
  });
}
