import {
  AuthProvider,
  useAuth,
  useAuthState,
  useCan,
  useRole,
  useSession,
  useUser,
  type Auth,
} from '@portcullis/client/react';
import { act, startTransition, useState, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { ALICE, API, BOB, TOKEN_SECONDS } from '../client-world';
import { RenderedPage } from './page';

function Who(): ReactNode {
  const { status, user } = useAuth();
  return `${status} ${user?.email ?? ''}`;
}

export function describeProvider(): void {
  describe('the provider', () => {
    it('42: starts the client with one request, also where React mounts everything twice', async () => {
      const page = await RenderedPage.afterReload();
      await page.showStrictly(<Who />);
      expect(page.text).toBe(`authenticated ${ALICE.email}`);
      expect(page.world.profile.requests).toEqual(['POST /auth/refresh']);
    });

    it('leaves the client alive when it is unmounted, and takes it up again without a request', async () => {
      const page = await RenderedPage.afterReload();
      await page.show(<Who />);
      await page.leave();
      await page.world.pass(2 * TOKEN_SECONDS * 1000);
      const { refreshes } = page.world;
      expect(refreshes).toBeGreaterThan(1);
      await page.show(<Who />);
      expect(page.text).toBe(`authenticated ${ALICE.email}`);
      expect(page.world.refreshes).toBe(refreshes);
    });

    it('is made anew with the same client, as a module that is replaced does, without a request', async () => {
      const page = await RenderedPage.afterReload();
      for (const key of ['before', 'after', 'again']) await page.showStrictly(<Who key={key} />);
      const other = new RenderedPage(page.world, page.auth);
      await other.showStrictly(<Who />);
      expect(other.text).toBe(`authenticated ${ALICE.email}`);
      expect(page.world.profile.requests).toEqual(['POST /auth/refresh']);
    });

    it('follows another client when it is given one', async () => {
      const page = RenderedPage.open();
      const other = await RenderedPage.afterReload();
      const element = document.createElement('div');
      const root = createRoot(element);
      for (const { auth } of [page, other]) {
        await act(async () => {
          root.render(
            <AuthProvider client={auth}>
              <Who />
            </AuthProvider>,
          );
        });
      }
      await other.pass();
      expect(element.textContent).toBe(`authenticated ${ALICE.email}`);
      await act(async () => root.unmount());
    });

    it('is missed loudly', () => {
      expect(() => renderToString(<Who />)).toThrow(/no <AuthProvider client/);
    });
  });

  describe('a hook', () => {
    it('44: renders nothing again for ten token refreshes', async () => {
      const page = await RenderedPage.afterReload();
      const renders: string[] = [];
      const Watch = ({ name, use }: { name: string; use: () => unknown }) => {
        renders.push(name);
        use();
        return null;
      };
      const hooks = {
        useAuth,
        useUser,
        useSession,
        can: () => useCan('invoices:read'),
        role: () => useRole('viewer'),
        state: () => useAuthState(({ status }) => status),
      };
      await page.show(
        Object.entries(hooks).map(([name, use]) => <Watch key={name} name={name} use={use} />),
      );
      renders.length = 0;
      await page.pass(10 * TOKEN_SECONDS * 1000);
      expect(page.world.refreshes).toBeGreaterThan(10);
      expect(renders).toEqual([]);
    });

    it('keeps what it answered while the network is away: useUser renders nothing again', async () => {
      const page = await RenderedPage.afterReload();
      let renders = 0;
      const Watch = () => {
        renders += 1;
        return useUser()?.email;
      };
      await page.show([<Watch key="1" />, <Who key="2" />]);
      renders = 0;
      page.world.profile.goOffline();
      await act(async () => page.world.clock.sleep(TOKEN_SECONDS * 1000 + 1000));
      await page.done(() => page.auth.refreshAuth().catch(() => undefined));
      expect(page.text).toBe(`${ALICE.email}stale ${ALICE.email}`);
      expect(renders).toBe(0);
    });

    it('gives all there is, and does what the client does', async () => {
      const page = RenderedPage.open();
      let auth: Auth | undefined;
      const Take = () => {
        auth = useAuth();
        return null;
      };
      await page.show(<Take />);
      expect(auth).toMatchObject({
        status: 'anonymous',
        reason: 'never',
        user: null,
        session: null,
        loading: false,
        isAuthenticated: false,
        client: page.auth,
      });
      await page.done(() => auth!.login(ALICE));
      expect(auth).toMatchObject({ isAuthenticated: true, user: { email: ALICE.email } });
      const { refreshAuth, stepUp, session } = auth!;
      await page.done(refreshAuth);
      await page.done(() => stepUp(ALICE));
      expect(auth!.session!.authTime > session!.authTime).toBe(true);
      await page.done(() => auth!.logout());
      expect(auth).toMatchObject({ isAuthenticated: false, reason: 'signed_out' });
    });

    it('holds on to who is signed in while the network is away, and to nobody once they are gone', async () => {
      const page = await RenderedPage.afterReload();
      const Is = () => `${useAuth().isAuthenticated} ${useRole('viewer')}`;
      await page.show(<Is />);
      page.world.profile.goOffline();
      await act(async () => page.world.clock.sleep(TOKEN_SECONDS * 1000 + 1000));
      await page.done(() => page.auth.refreshAuth().catch(() => undefined));
      expect([page.auth.getState().status, page.text]).toEqual(['stale', 'true true']);
      await page.done(() => page.auth.logout().catch(() => undefined));
      expect(page.text).toBe('false false');
    });

    it('shows the challenge of a second factor', async () => {
      const page = RenderedPage.open();
      const challenge = { token: 't', factors: ['totp'], expiresIn: 300 };
      const Factors = () => useAuth().challenge?.factors.join();
      await page.show(<Factors />);
      page.world.server.plan('/auth/login', 401, { code: 'mfa_required', challenge });
      await expect(page.done(() => page.auth.login(ALICE))).rejects.toMatchObject({
        code: 'mfa_required',
      });
      expect(page.text).toBe('totp');
    });

    it('is never of two minds: components that React renders in pieces show one state', async () => {
      const page = await RenderedPage.afterReload();
      const torn: string[] = [];
      const names = Array.from({ length: 50 }, (_, index) => index);
      let go: (() => void) | undefined;
      const seen: (string | undefined)[] = [];
      const Name = () => {
        const email = useUser()?.email;
        seen.push(email);
        return <i>{email}</i>;
      };
      const App = () => {
        const [count, setCount] = useState(0);
        go = () => startTransition(() => setCount(count + 1));
        return names.map((name) => <Name key={`${count} ${name}`} />);
      };
      await page.show(<App />);
      await page.done(async () => {
        go!();
        await page.auth.login(BOB);
        const shown = new Set([...page.element.querySelectorAll('i')].map((i) => i.textContent));
        if (shown.size > 1) torn.push([...shown].join());
      });
      expect(new Set([...page.element.querySelectorAll('i')].map((i) => i.textContent))).toEqual(
        new Set([BOB.email]),
      );
      expect(new Set(seen)).toEqual(new Set([undefined, ALICE.email, BOB.email]));
      expect(torn).toEqual([]);
    });

    it('38: changes without a reload when an API answers with another authority', async () => {
      const page = await RenderedPage.afterReload();
      const May = () => `${useCan('invoices:read', 'invoices:approve')} ${useRole('viewer')}`;
      await page.show(<May />);
      expect(page.text).toBe('false true');
      page.world.server.changePermissions(ALICE.email, ['invoices:read', 'invoices:approve']);
      await page.done(() => page.auth.fetch(API));
      await page.pass();
      expect(page.text).toBe('true true');
    });
  });
}
