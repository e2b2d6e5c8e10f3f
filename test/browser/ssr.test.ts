import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { violations } from './accessibility';
import { describeExamples } from './example-stage';
import { approveButtons, heading, type DemoRole } from './spa-site';

const SESSION = '__Host-portcullis-session';

describeExamples('examples/ssr in a real browser', (stage) => {
  async function signedIn(role: DemoRole, path: string): Promise<Page> {
    const page = await stage.context.newPage();
    await page.goto(stage.site.ssrUrl + path);
    await stage.site.fill(page, stage.site.account(role));
    await page.waitForURL(stage.site.ssrUrl + path);
    return page;
  }

  describe('without script', () => {
    beforeEach(async () => {
      stage.context = await stage.freshProfile({ javaScriptEnabled: false });
    });

    it('leads from a page to the login and back, and tells of a wrong password on the way', async () => {
      const page = await stage.context.newPage();
      await page.goto(`${stage.site.ssrUrl}/invoices?status=draft`);
      expect(new URL(page.url()).pathname).toBe('/login');
      const { email, password } = stage.site.account('approver');
      await stage.site.fill(page, { email, password: 'not that of anybody' });
      await page.getByRole('alert').waitFor();
      expect(new URL(page.url()).searchParams.get('returnTo')).toBe('/invoices?status=draft');
      expect(page.url()).not.toContain(encodeURIComponent(email));

      await stage.site.fill(page, { email, password });

      await page.waitForURL(`${stage.site.ssrUrl}/invoices?status=draft`);
      await heading(page, 'Invoices').waitFor();
    });

    it('46: holds one cookie that no script can read, and no token in any page', async () => {
      const page = await signedIn('approver', '/account');
      const secret = (await stage.context.cookies()).find(({ name }) => name === SESSION);
      expect(secret).toMatchObject({ httpOnly: true, secure: true, path: '/' });
      for (const path of ['/account', '/invoices', '/sessions']) {
        await page.goto(stage.site.ssrUrl + path);
        const html = await page.content();
        expect(html).not.toContain(secret!.value);
        expect(html).not.toMatch(/eyJ[\w-]+\.eyJ/);
      }
    });

    it('approves by a form, signs out by a form, and going back shows nothing', async () => {
      const page = await signedIn('approver', '/invoices?status=draft');
      const before = await approveButtons(page).count();
      await approveButtons(page).first().click();
      await page.waitForURL(/\/invoices/);
      await page.goto(`${stage.site.ssrUrl}/invoices?status=draft`);
      expect(await approveButtons(page).count()).toBe(before - 1);

      await page.getByRole('button', { name: 'Sign out' }).first().click();
      await heading(page, 'Sign in to Ledger').waitFor();

      expect((await stage.context.cookies()).some(({ name }) => name === SESSION)).toBe(false);
      await page.goBack();
      await heading(page, 'Sign in to Ledger').waitFor();
      await page.goto(`${stage.site.ssrUrl}/invoices`);
      expect(new URL(page.url()).pathname).toBe('/login');
    });

    /** The invoice of the first button on a page, and where its form goes to. */
    async function firstDraft(page: Page): Promise<string> {
      const action = await page
        .locator('form[action$="/approve-form"]')
        .first()
        .getAttribute('action');
      return /invoices\/([\w-]+)\/approve-form/.exec(action ?? '')?.[1] ?? '';
    }

    it('comes back to its own page from a refused approval, and says why', async () => {
      const page = await signedIn('approver', '/invoices?status=draft');
      await stage.site.administration('POST', `/invoices/${await firstDraft(page)}/approve`);
      await approveButtons(page).first().click();
      await page.getByRole('alert').getByText('Somebody was faster').waitFor();
      expect(page.url()).toBe(`${stage.site.ssrUrl}/invoices?status=draft&error=conflict`);
      expect(await page.title()).toBe('Not done: Invoices · Ledger');

      // The form of a page that was open for too long, or of the session before.
      await page.locator('input[name=form_token]').evaluateAll((fields) => {
        for (const field of fields) (field as HTMLInputElement).value = 'x';
      });
      await approveButtons(page).first().click();
      await page.getByRole('alert').getByText('This page was open for too long').waitFor();
      expect(page.url()).toBe(`${stage.site.ssrUrl}/invoices?status=draft&error=csrf_failed`);

      await stage.site.withoutApproval(async () => {
        await approveButtons(page).first().click();
        await page.getByRole('alert').getByText('You may not approve this invoice').waitFor();
        await heading(page, 'Invoices').waitFor();
        expect(await approveButtons(page).count()).toBe(0);
      });

      // It is said once: what works leads back without it.
      await page.goto(`${stage.site.ssrUrl}/invoices?status=draft&error=forbidden`);
      const { length } = await approveButtons(page).all();
      await approveButtons(page).first().click();
      await page.waitForURL(`${stage.site.ssrUrl}/invoices?status=draft`);
      expect(await approveButtons(page).count()).toBe(length - 1);
      expect(await page.getByRole('alert').count()).toBe(0);
    }, 60_000);

    it('says what became of a sign-out with the form of another session, and still signs out', async () => {
      const page = await signedIn('clerk', '/account');
      await page.locator('input[name=form_token]').evaluateAll((fields) => {
        for (const field of fields) (field as HTMLInputElement).value = 'x';
      });
      await page.getByRole('button', { name: 'Sign out' }).first().click();
      await page.getByRole('alert').getByText('This page was open for too long').waitFor();
      await heading(page, 'Invoices').waitFor();
      await page.getByRole('button', { name: 'Sign out' }).first().click();
      await heading(page, 'Sign in to Ledger').waitFor();
    });

    it('says on the login page that a form was open for too long, and takes the next one', async () => {
      const page = await stage.context.newPage();
      await page.goto(`${stage.site.ssrUrl}/account`);
      await stage.context.clearCookies();
      await stage.site.fill(page, stage.site.account('clerk'));
      await page.getByRole('alert').getByText('This page was open for too long').waitFor();
      await stage.site.fill(page, stage.site.account('clerk'));
      await page.waitForURL(`${stage.site.ssrUrl}/account`);
    });

    it('says what names nothing, and shows no button for what a role may not do', async () => {
      const page = await signedIn('clerk', '/account');
      for (const path of ['/nowhere', '/invoices/00000000', `/invoices/${randomUUID()}`]) {
        expect((await page.goto(stage.site.ssrUrl + path))?.status()).toBe(404);
        await heading(page, 'There is nothing here').waitFor();
      }
      await page.goto(`${stage.site.ssrUrl}/invoices?status=draft`);
      expect(await approveButtons(page).count()).toBe(0);
    });

    it('says what is not for a role, and shows it once it is', async () => {
      const page = await signedIn('approver', '/account');
      await stage.site.withoutRoles(async () => {
        expect((await page.goto(`${stage.site.ssrUrl}/invoices`))?.status()).toBe(403);
        await heading(page, 'This page is not for your role').waitFor();
        expect(await page.content()).not.toContain('INV-');
      });
      expect((await page.goto(`${stage.site.ssrUrl}/invoices`))?.status()).toBe(200);
    });

    it.each(['/api/auth/form/logout', 'approve-form'])(
      'CK-9: refuses the form of another site: %s',
      async (target) => {
        const page = await signedIn('approver', '/invoices?status=draft');
        const forms = page.locator('form[action$="/approve-form"]');
        const count = await forms.count();
        const action = target.startsWith('/') ? target : await forms.first().getAttribute('action');
        // Even a form that got hold of the token is not of this stage.site.
        const token = await page.locator('input[name=form_token]').first().inputValue();
        await page.route('http://evil.localhost/', (route) =>
          route.fulfill({
            contentType: 'text/html',
            body: `<form method="post" action="${stage.site.ssrUrl}${action}">
              <input type="hidden" name="form_token" value="${token}"><button>Win</button></form>`,
          }),
        );
        await page.goto('http://evil.localhost/');
        const [answer] = await Promise.all([
          page.waitForResponse(`${stage.site.ssrUrl}${action}`),
          page.getByRole('button', { name: 'Win' }).click(),
        ]);
        // The browser sends no cookie along: the one is refused, the other is a stranger's.
        if (target.startsWith('/')) expect(answer.status()).toBe(403);
        else expect(answer.headers()['location']).toMatch(/^\/pages\/login\?/);
        await page.goto(`${stage.site.ssrUrl}/invoices?status=draft`);
        expect(new URL(page.url()).pathname).toBe('/invoices');
        expect(await forms.count()).toBe(count);
      },
    );

    it('signs nobody out while the API is away', async () => {
      const page = await signedIn('clerk', '/account');
      await stage.site.away(async () => {
        const answer = await page.goto(`${stage.site.ssrUrl}/account`);
        expect(answer?.status()).toBe(503);
        expect(answer?.headers()['retry-after']).toMatch(/^\d+$/);
        expect(answer?.headers()['set-cookie']).toBeUndefined();
        await heading(page, 'The server is away').waitFor();
      });
      await page.goto(`${stage.site.ssrUrl}/account`);
      expect(new URL(page.url()).pathname).toBe('/account');
    });
  });

  describe('with script', () => {
    /** What the browser changes of a page while the script takes it over: nothing, it is hoped. */
    const watchHydration = () =>
      stage.context.addInitScript(() => {
        const changes: string[] = [];
        // After the page was read, and before its script runs.
        document.addEventListener('readystatechange', () => {
          const root = document.getElementById('root');
          if (document.readyState !== 'interactive' || root === null) return;
          const observer = new MutationObserver((records) =>
            changes.push(...records.map(({ type, target }) => `${type} ${target.nodeName}`)),
          );
          // React writes attributes of fields once more as they are, so those are compared at the end.
          observer.observe(root, { subtree: true, childList: true, characterData: true });
          Object.assign(globalThis, { changes, rendered: root.innerHTML });
        });
      });

    async function alive(page: Page): Promise<void> {
      await page.locator('#portcullis-state').waitFor({ state: 'detached' });
      await page.waitForLoadState('networkidle');
      const { changes, rendered, html } = await page.evaluate(() => {
        const watched = globalThis as unknown as { changes: readonly string[]; rendered: string };
        const html = document.getElementById('root')!.innerHTML;
        return { changes: watched.changes, rendered: watched.rendered, html };
      });
      expect(changes).toEqual([]);
      expect(html).toBe(rendered);
    }

    it('43: comes alive as the server rendered it, in any time zone and language, without a warning', async () => {
      const far = { timezoneId: 'Pacific/Auckland', locale: 'de-DE' };
      stage.context = await stage.freshProfile(far);
      await watchHydration();
      const page = await stage.context.newPage();
      await page.goto(`${stage.site.ssrUrl}/account`);
      await heading(page, 'Sign in to Ledger').waitFor();
      await alive(page);
      await stage.site.fill(page, stage.site.account('approver'));
      await page.waitForURL(`${stage.site.ssrUrl}/account`);
      for (const path of ['/account', '/invoices', '/sessions', '/nowhere']) {
        await page.goto(stage.site.ssrUrl + path);
        await page.getByText('Demo approver').first().waitFor();
        await alive(page);
      }
      await page.goto(`${stage.site.ssrUrl}/invoices`);
      await page.getByRole('link', { name: /^INV-/ }).first().click();
      await page.getByText('Reference').waitFor();
      await alive(page);
    });

    it('HT-8: shows what others wrote as text, as the server rendered it', async () => {
      const markup = `</script><img src=x onerror="alert(1)"><!--`;
      const number = `INV-${randomUUID().slice(0, 8)}`;
      const { id } = await stage.site.administration<{ id: string }>('POST', '/invoices', {
        number,
        customer: markup,
        amountCents: 100,
        currency: 'EUR',
      });
      await watchHydration();
      const page = await signedIn('approver', `/invoices/${id}`);
      for (const path of [`/invoices/${id}`, `/invoices?error=${encodeURIComponent(markup)}`]) {
        await page.goto(stage.site.ssrUrl + path);
        await page.getByText(markup).first().waitFor();
        await alive(page);
        expect(await page.locator('img').count()).toBe(0);
      }
      await page.getByRole('alert').getByText('That did not work').waitFor();
    });

    it('46: a page that came alive holds no credential that a script could read', async () => {
      const page = await signedIn('approver', '/account');
      await page.locator('#portcullis-state').waitFor({ state: 'detached' });
      const secret = (await stage.context.cookies()).find(({ name }) => name === SESSION);
      const seen = await page.evaluate(() =>
        JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }]),
      );
      expect(seen).not.toContain(secret!.value);
      expect(seen).not.toMatch(/eyJ[\w-]+/);
      expect(await page.content()).not.toContain(secret!.value);
    });

    it('32: ends in every tab when one signs out', async () => {
      const page = await signedIn('clerk', '/account');
      const other = await stage.context.newPage();
      await other.goto(`${stage.site.ssrUrl}/invoices`);
      await heading(other, 'Invoices').waitFor();

      await page.getByRole('button', { name: 'Sign out' }).first().click();

      await heading(page, 'Sign in to Ledger').waitFor();
      await heading(other, 'You are signed out').waitFor();
      const left = await other.content();
      expect(left).not.toContain(stage.site.account('clerk').email);
      expect(left).not.toContain('INV-');
    });

    it('38: takes a button away when its permission goes, without a reload', async () => {
      const page = await signedIn('approver', '/invoices?status=draft');
      await approveButtons(page).first().waitFor();
      await stage.site.withoutApproval(async () => {
        await approveButtons(page).first().waitFor({ state: 'detached', timeout: 30_000 });
        await heading(page, 'Invoices').waitFor();
      });
    }, 60_000);
  });

  describe.each(['light', 'dark'] as const)('WCAG 2.2 AA in the %s scheme', (colorScheme) => {
    beforeEach(async () => {
      stage.context = await stage.freshProfile({ colorScheme, reducedMotion: 'reduce' });
    });

    it('holds on every page', async () => {
      const page = await stage.context.newPage();
      await page.goto(`${stage.site.ssrUrl}/login?error=invalid_credentials`);
      expect(await violations(page)).toEqual([]);
      await page.goto(`${stage.site.ssrUrl}/account`);
      await stage.site.fill(page, stage.site.account('approver'));
      await page.waitForURL(`${stage.site.ssrUrl}/account`);
      const check = async () => {
        expect(await violations(page)).toEqual([]);
        await page.setViewportSize({ width: 390, height: 844 });
        expect(await violations(page)).toEqual([]);
        await page.setViewportSize({ width: 1280, height: 800 });
      };
      for (const path of ['/account', '/invoices', '/sessions', '/nowhere']) {
        await page.goto(stage.site.ssrUrl + path);
        await check();
      }
      await page.goto(`${stage.site.ssrUrl}/invoices?status=draft&error=conflict`);
      await check();
      await page.goto(`${stage.site.ssrUrl}/invoices?status=draft`);
      await page.getByRole('link', { name: /^INV-/ }).first().click();
      await page.getByText('Reference').waitFor();
      await check();
      await stage.site.withoutRoles(async () => {
        await page.goto(`${stage.site.ssrUrl}/invoices`);
        await heading(page, 'This page is not for your role').waitFor();
        await check();
      });
      await stage.site.away(async () => {
        await page.goto(`${stage.site.ssrUrl}/account`);
        await heading(page, 'The server is away').waitFor();
        await check();
      });
      await page.goto(`${stage.site.ssrUrl}/account`);
      await stage.site.endSessions('approver');
      await heading(page, 'You are signed out').waitFor();
      await check();
    }, 90_000);
  });
});
