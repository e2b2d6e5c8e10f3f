import {
  AuthLoading,
  Can,
  RequireAuth,
  SignedIn,
  SignedOut,
  useAuth,
  useSessionExpired,
  useStepUp,
} from '@portcullis/client/react';
import type { ReactNode } from 'react';
import { ALICE, BOB, SIGNED_IN, World } from '../client-world';
import { RenderedPage } from './page';

function App(): ReactNode {
  const { status, user } = useAuth();
  const isAsked = useSessionExpired().open || useStepUp().open;
  return (
    <main>
      <AuthLoading>wait</AuthLoading>
      <SignedOut>out</SignedOut>
      <SignedIn>in</SignedIn>
      <Can permission="invoices:read">may</Can>
      <RequireAuth fallback="stranger">page</RequireAuth>
      {status} {user?.email} {isAsked ? 'dialog' : ''}
    </main>
  );
}

export function describeHydration(): void {
  describe('a page that a server rendered', () => {
    let complaints: jest.SpyInstance;

    beforeEach(() => {
      complaints = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    });

    afterEach(() => {
      expect(complaints.mock.calls).toEqual([]);
      complaints.mockRestore();
    });

    it.each([
      ['for who is signed in', SIGNED_IN, `inmaypage`],
      ['for a stranger', { status: 'anonymous', reason: 'never' } as const, 'outstranger'],
      ['for nobody that it knows', undefined, 'wait'],
    ])('43: comes alive as it was sent: %s', async (_title, initialState, shown) => {
      const page = RenderedPage.open(new World(), initialState);
      const html = page.rendered(<App />);
      expect(html.replace(/<[^>]*>/g, '')).toContain(shown);
      expect(await page.hydrate(html, <App />)).toBe(html);
    });

    it('43: shows no other marker on the way to where it stays, and asks for nothing', async () => {
      const page = RenderedPage.open(new World(), SIGNED_IN);
      const html = page.rendered(<App />);
      page.element.innerHTML = html;
      const frames: string[] = [];
      const observer = new MutationObserver(() => frames.push(page.text));
      await page.hydrate(html, <App />);
      observer.observe(page.element, { childList: true, subtree: true, characterData: true });
      await page.pass();
      observer.disconnect();
      expect(frames).toEqual([]);
      expect(page.world.profile.requests).toEqual([]);
    });

    it('43: comes alive as it was sent, although the client knows better by then', async () => {
      const world = new World();
      const page = RenderedPage.open(world, SIGNED_IN);
      const html = page.rendered(<App />);
      await world.done(page.auth.login(BOB));
      expect(await page.hydrate(html, <App />)).toContain(ALICE.email);
      await page.pass();
      expect(page.text).toContain(`authenticated ${BOB.email}`);
    });
  });
}
