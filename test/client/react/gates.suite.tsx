import {
  AuthLoading,
  Can,
  RequireAuth,
  SignedIn,
  SignedOut,
  useCan,
  useSessionExpired,
  useUser,
} from '@portcullis/client/react';
import { act, type ReactNode } from 'react';
import { ALICE, API, BOB, World } from '../client-world';
import { Forger } from '../forger';
import { RenderedPage } from './page';

const gates = (
  <>
    <AuthLoading>wait</AuthLoading>
    <SignedIn>in</SignedIn>
    <SignedOut>out</SignedOut>
  </>
);

export function describeGates(): void {
  describe('what is shown to whom', () => {
    it('is one of the three, from the first frame on', async () => {
      const page = await RenderedPage.afterReload();
      expect(page.rendered(gates)).toBe('wait');
      await page.pass();
      // A server that renders it asks nobody.
      expect(page.world.profile.requests).toEqual([]);
      await page.show(gates);
      expect(page.text).toBe('in');
      await page.done(() => page.auth.logout());
      expect(page.text).toBe('out');
    });

    it('is for who is signed out while a second factor is asked for', async () => {
      const page = RenderedPage.open();
      const challenge = { token: 't', factors: ['totp'], expiresIn: 300 };
      page.world.server.plan('/auth/login', 401, { code: 'mfa_required', challenge });
      await page.show(gates);
      await page.done(() => page.auth.login(ALICE).catch(() => undefined));
      expect([page.auth.getState().status, page.text]).toEqual(['challenge', 'out']);
    });

    it('38: <Can> follows a role that was changed on the server, without a reload', async () => {
      const page = await RenderedPage.afterReload();
      await page.show(
        <Can permission="invoices:approve" fallback="no">
          yes
        </Can>,
      );
      expect(page.text).toBe('no');
      page.world.server.changePermissions(ALICE.email, ['invoices:approve']);
      await page.done(() => page.auth.fetch(API));
      await page.pass();
      expect(page.text).toBe('yes');
      page.world.server.changePermissions(ALICE.email, []);
      await page.done(() => page.auth.fetch(API));
      await page.pass();
      expect(page.text).toBe('no');
      expect(page.world.profile.count('/auth/session')).toBe(2);
    });

    it.each([
      [undefined, ['invoices:read', 'invoices:approve'], ''],
      ['all', ['invoices:read'], 'yes'],
      ['all', ['invoices:read', 'invoices:approve'], ''],
      ['any', ['invoices:read', 'invoices:approve'], 'yes'],
      ['any', ['invoices:approve', 'invoices:pay'], ''],
      ['any', [], ''],
    ] as const)('<Can> asks for %s of %j', async (mode, permissions, shown) => {
      const page = await RenderedPage.afterReload();
      await page.show(
        <Can permissions={permissions} {...(mode && { mode })}>
          yes
        </Can>,
      );
      expect(page.text).toBe(shown);
    });

    it.each([
      [
        'SignedIn',
        <SignedIn key="1">
          <input />
        </SignedIn>,
      ],
      [
        'RequireAuth',
        <RequireAuth key="2">
          <input />
        </RequireAuth>,
      ],
    ])('34: nothing in <%s> is left of one person for the next', async (_name, form) => {
      const page = await RenderedPage.afterReload();
      await page.show(form);
      page.element.querySelector('input')!.value = 'typed by alice';
      await page.done(() => page.auth.login(BOB));
      expect(page.element.querySelector('input')!.value).toBe('');
    });

    it.each(['yes', 'no'])(
      '34: nothing in <Can> is left of one person for the next, who may as well: %s',
      async (which) => {
        const page = await RenderedPage.afterReload();
        const form = <input />;
        await page.show(
          <Can permission={which === 'yes' ? 'invoices:read' : 'invoices:approve'} fallback={form}>
            {form}
          </Can>,
        );
        page.element.querySelector('input')!.value = 'typed by alice';
        await page.done(() => page.auth.login(BOB));
        expect(page.element.querySelector('input')!.value).toBe('');
      },
    );

    it('34: the page of who lacks the permission keeps nothing for the next either', async () => {
      const page = await RenderedPage.afterReload();
      await page.show(<RequireAuth permission="invoices:approve" fallback={<input />} />);
      page.element.querySelector('input')!.value = 'typed by alice';
      await page.done(() => page.auth.login(BOB));
      expect(page.element.querySelector('input')!.value).toBe('');
    });

    it('34: no frame shows the next person what only the one before may do', async () => {
      const world = new World();
      world.server.changePermissions(ALICE.email, ['invoices:approve']);
      const page = await RenderedPage.afterReload(world);
      const frames: string[] = [];
      const Frame = (): ReactNode => {
        const email = useUser()?.email ?? 'nobody';
        const may = useCan('invoices:approve');
        frames.push(`${email} ${may}`);
        return <Can permission="invoices:approve">{email}</Can>;
      };
      await page.show(<Frame />);
      expect(page.text).toBe(ALICE.email);
      const shown: string[] = [];
      const observer = new MutationObserver(() => shown.push(page.text));
      observer.observe(page.element, { childList: true, subtree: true, characterData: true });
      await page.done(() => page.auth.login(BOB));
      observer.disconnect();
      const wrong = frames.filter((frame) => frame === `${BOB.email} true`);
      expect([wrong, shown.filter((text) => text !== '' && text !== ALICE.email)]).toEqual([
        [],
        [],
      ]);
    });

    it('a page that does not know yet who is there shows nothing that is for somebody', async () => {
      const page = await RenderedPage.afterReload();
      const app = (
        <>
          <RequireAuth>secret</RequireAuth>
          <RequireAuth fallback="no" onUnauthenticated={() => undefined}>
            secret
          </RequireAuth>
          <Can permission="invoices:read">secret</Can>
          <SignedIn>secret</SignedIn>
        </>
      );
      expect(page.rendered(app)).not.toContain('secret');
      expect(page.auth.loading).toBe(true);
    });

    it('SD-6, 42: a storm of messages leads a page to the sign-in not once', async () => {
      const page = await RenderedPage.afterReload();
      const left: string[] = [];
      await page.show(
        <RequireAuth onUnauthenticated={(to) => void left.push(to)}>secret</RequireAuth>,
      );
      const forger = new Forger(page.world);
      const began = Array.from({ length: 50 }, (_, id) => ({ kind: 'began', sessionId: `${id}` }));
      await act(async () => forger.say(...began, { kind: 'access' }, null, { kind: 'ask' }));
      await page.pass(20_000);
      expect([page.text, left]).toEqual(['secret', []]);
    });

    it('44: a form that is half filled stays so when the token is renewed', async () => {
      const page = await RenderedPage.afterReload();
      await page.show(
        <SignedIn>
          <input />
        </SignedIn>,
      );
      const input = page.element.querySelector('input')!;
      input.value = 'half';
      await page.done(() => page.auth.refreshAuth());
      expect(page.element.querySelector('input')).toBe(input);
      expect(input.value).toBe('half');
    });
  });

  describe('a page for who is signed in', () => {
    it.each([['once'], ['strictly']])(
      '42: leads a stranger to the sign-in once, with the way back: mounted %s',
      async (how) => {
        history.replaceState(null, '', '/invoices?open=1#7');
        const page = RenderedPage.open();
        const left: string[] = [];
        const app = () => (
          <RequireAuth loading="wait" fallback="no" onUnauthenticated={(to) => void left.push(to)}>
            secret
          </RequireAuth>
        );
        const show = how === 'once' ? page.show : page.showStrictly;
        for (let count = 0; count < 3; count += 1) await show.call(page, app());
        expect(page.text).toBe('wait');
        expect(left).toEqual(['/invoices?open=1#7']);
      },
    );

    it('SD-4, 45: hands on no way back that leads elsewhere', async () => {
      history.replaceState(null, '', `${location.origin}//evil.example/`);
      const page = RenderedPage.open();
      const left: string[] = [];
      await page.show(<RequireAuth onUnauthenticated={(to) => void left.push(to)} />);
      expect(left).toEqual(['/']);
      history.replaceState(null, '', '/');
    });

    it('leads nowhere before it is known who is there', async () => {
      const page = await RenderedPage.afterReload();
      const left: string[] = [];
      const app = (
        <RequireAuth loading="wait" onUnauthenticated={(to) => void left.push(to)}>
          secret
        </RequireAuth>
      );
      expect(page.rendered(app)).toBe('wait');
      await page.show(app);
      expect([page.text, left]).toEqual(['secret', []]);
    });

    it('shows something else to who lacks the permission, and leads nowhere', async () => {
      const page = await RenderedPage.afterReload();
      const left: string[] = [];
      await page.show(
        <RequireAuth
          permission="invoices:approve"
          fallback="no"
          onUnauthenticated={(to) => void left.push(to)}
        >
          secret
        </RequireAuth>,
      );
      expect([page.text, left]).toEqual(['no', []]);
    });

    it('is left once more when somebody came back and signed out again', async () => {
      const page = RenderedPage.open();
      const left: string[] = [];
      await page.show(
        <RequireAuth onUnauthenticated={(to) => void left.push(to)}>secret</RequireAuth>,
      );
      await page.done(() => page.auth.login(ALICE));
      expect(page.text).toBe('secret');
      await page.done(() => page.auth.logout());
      expect([page.text, left]).toEqual(['', ['/', '/']]);
    });

    it('32: is left by every tab when one of them signs out', async () => {
      const world = new World();
      const page = await RenderedPage.afterReload(world);
      const other = RenderedPage.open(world);
      const left: string[] = [];
      const app = <RequireAuth onUnauthenticated={(to) => void left.push(to)}>secret</RequireAuth>;
      await page.show(app);
      await other.show(app);
      expect(other.text).toBe('secret');
      await page.done(() => page.auth.logout());
      await other.pass(500);
      expect([page.text, other.text, left]).toEqual(['', '', ['/', '/']]);
    });
  });

  describe('a session that ends under a page', () => {
    function Dialog(): ReactNode {
      const { open, email, reason } = useSessionExpired();
      return open ? `${reason} ${email}` : null;
    }

    it.each([
      ['session_expired', `secret|session_expired ${ALICE.email}`, []],
      ['session_revoked', `no|session_revoked ${ALICE.email}`, []],
      ['refresh_reused', `no|refresh_reused ${ALICE.email}`, []],
      ['account_disabled', '|', ['/']],
    ])('%s: is left only where no dialog can mend it', async (code, shown, ways) => {
      const page = await RenderedPage.afterReload();
      const left: string[] = [];
      await page.show(
        <>
          <RequireAuth fallback="no" onUnauthenticated={(to) => void left.push(to)}>
            secret
          </RequireAuth>
          |<Dialog />
        </>,
      );
      page.world.server.plan('/auth/refresh', 401, { code });
      await page.done(() => page.auth.refreshAuth().catch(() => undefined));
      expect([page.text, left]).toEqual([shown, ways]);
    });

    it('is left at once where there is no dialog', async () => {
      const page = await RenderedPage.afterReload();
      const left: string[] = [];
      await page.show(
        <RequireAuth onUnauthenticated={(to) => void left.push(to)}>secret</RequireAuth>,
      );
      page.world.server.plan('/auth/refresh', 401, { code: 'session_expired' });
      await page.done(() => page.auth.refreshAuth().catch(() => undefined));
      expect([page.text, left]).toEqual(['', ['/']]);
    });

    it('shows nothing behind the dialog that the person could not see before', async () => {
      const page = await RenderedPage.afterReload();
      await page.show(
        <>
          <RequireAuth permission="invoices:approve" fallback="no">
            secret
          </RequireAuth>
          |<Dialog />
        </>,
      );
      page.world.server.plan('/auth/refresh', 401, { code: 'session_expired' });
      await page.done(() => page.auth.refreshAuth().catch(() => undefined));
      expect(page.text).toBe(`no|session_expired ${ALICE.email}`);
    });
  });
}
