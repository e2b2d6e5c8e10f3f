import { violations } from './accessibility';
import { describeExamples } from './example-stage';
import { focusedName, tabTo } from './keyboard';
import { approveButtons, heading, passwordField } from './spa-site';

declare global {
  // Survives whatever the application does, but no reload.
  var isSamePage: true | undefined;
}

const RENEWAL = 45_000;

describeExamples('examples/spa in a real browser', (stage) => {
  describe('being signed in', () => {
    it('outlives reloads and covers new tabs', async () => {
      const page = await stage.site.open(stage.context, 'approver', '/reports');
      await page.reload();
      await heading(page, 'Reports').waitFor();
      const second = await stage.context.newPage();
      await second.goto(`${stage.site.url}/account`);
      await heading(second, 'Demo approver').waitFor();
      expect(stage.context.pages().map((tab) => tab.url())).not.toContain(
        `${stage.site.url}/sign-in`,
      );
    });

    it('46: renews the access token by itself, and shows no token anywhere', async () => {
      const page = await stage.site.open(stage.context, 'approver', '/account');
      await page.evaluate(() => (globalThis.isSamePage = true));
      const tokens: string[] = [];
      page.on('request', (request) => {
        const { authorization } = request.headers();
        if (authorization !== undefined) tokens.push(authorization.replace('Bearer ', ''));
      });
      await page
        .getByTestId('renewals')
        .getByText(/^[1-9]/)
        .waitFor({ timeout: RENEWAL });
      await page.getByRole('link', { name: 'Invoices' }).click();
      await approveButtons(page).first().waitFor();
      expect(await page.evaluate(() => globalThis.isSamePage)).toBe(true);
      const visible = await page.evaluate(() =>
        JSON.stringify([
          { ...localStorage },
          { ...sessionStorage },
          document.cookie,
          history.state,
          location.href,
          document.documentElement.outerHTML,
        ]),
      );
      const refresh = (await stage.context.cookies()).find(({ name }) =>
        name.endsWith('refresh'),
      )?.value;
      expect(tokens.length).toBeGreaterThan(0);
      for (const secret of [...tokens, refresh]) expect(visible).not.toContain(secret);
    }, 90_000);

    it('38: loses and gains a permission without a reload', async () => {
      const page = await stage.site.open(stage.context, 'approver', '/invoices?status=draft');
      const report = await stage.context.newPage();
      await report.goto(`${stage.site.url}/reports`);
      await heading(report, 'Reports').waitFor();
      await approveButtons(page).first().waitFor();
      await page.evaluate(() => (globalThis.isSamePage = true));
      await stage.site.withoutApproval(async (giveBack) => {
        await approveButtons(page).first().waitFor({ state: 'detached', timeout: RENEWAL });
        expect(await page.getByRole('link', { name: /^INV-/ }).count()).toBeGreaterThan(0);
        await heading(report, 'This page is not for your role').waitFor({ timeout: RENEWAL });
        await giveBack();
        await heading(report, 'Reports').waitFor({ timeout: RENEWAL });
        await approveButtons(page).first().waitFor({ timeout: RENEWAL });
      });
      expect(await page.evaluate(() => globalThis.isSamePage)).toBe(true);
    }, 150_000);

    it('32: ends in every tab when one signs out', async () => {
      const page = await stage.site.open(stage.context, 'clerk', '/invoices');
      const others = await Promise.all(
        ['/account', '/sessions', '/invoices/new'].map(async (path) => {
          const tab = await stage.context.newPage();
          await tab.goto(stage.site.url + path);
          await tab.getByRole('navigation', { name: 'Pages' }).waitFor();
          return tab;
        }),
      );
      await page.getByRole('button', { name: 'Sign out' }).click();
      for (const tab of [page, ...others]) {
        await heading(tab, 'Sign in to Ledger').waitFor();
        expect(await tab.content()).not.toContain('@example.test');
      }
    });

    it('18: is begun again in place when it expired, and what was written stays', async () => {
      const page = await stage.site.open(stage.context, 'clerk', '/invoices/new');
      await page.getByLabel('Customer').fill('Half-filled Ltd.');
      await stage.site.expireSessions();
      const dialog = page.getByRole('dialog', { name: 'Please sign in again' });
      await dialog.waitFor({ timeout: RENEWAL });
      expect(await violations(page)).toEqual([]);
      await passwordField(dialog).fill(stage.site.account('clerk').password);
      await dialog.getByRole('button', { name: 'Sign in and go on' }).click();
      await dialog.waitFor({ state: 'detached' });
      expect(await page.getByLabel('Customer').inputValue()).toBe('Half-filled Ltd.');
      expect(new URL(page.url()).pathname).toBe('/invoices/new');
    }, 90_000);

    it('37: shows nothing any more when an administrator ended it', async () => {
      const page = await stage.site.open(stage.context, 'clerk', '/invoices');
      await page.getByRole('link', { name: /^INV-/ }).first().waitFor();
      await stage.site.endSessions('clerk');
      const dialog = page.getByRole('dialog', { name: 'Please sign in again' });
      await dialog.waitFor({ timeout: RENEWAL });
      expect(await page.getByText(/INV-/).count()).toBe(0);
      await dialog.getByRole('button', { name: 'Use another account' }).click();
      await heading(page, 'Sign in to Ledger').waitFor();
    }, 90_000);

    it('39: is confirmed where the server asks for it, and the refused request is sent again', async () => {
      const page = await stage.site.open(stage.context, 'administrator', '/people');
      await stage.site.ageSignIns(3600);
      await page.reload();
      await page.getByLabel('A role for Demo approver').selectOption('viewer');
      const give = page.getByRole('listitem').filter({ hasText: 'approver@example.test' });
      await give.getByRole('button', { name: 'Give' }).click();
      const dialog = page.getByRole('dialog', { name: 'Is it still you?' });
      await dialog.waitFor();
      expect(await focusedName(page)).toBe('Password');
      await page.keyboard.type('not it, and long enough anyway');
      await dialog.getByRole('button', { name: 'Confirm' }).click();
      await dialog.getByText('That did not match').waitFor();
      await passwordField(dialog).fill(stage.site.account('administrator').password);
      await dialog.getByRole('button', { name: 'Confirm' }).click();
      await page.getByText('Demo approver is viewer now.').waitFor();
      await page.getByRole('button', { name: 'Take viewer from Demo approver' }).click();
      await page.getByText('Demo approver is no viewer any more.').waitFor();
    });

    it('can be ended elsewhere, one by one and all at once', async () => {
      const page = await stage.site.open(stage.context, 'clerk', '/sessions');
      const elsewhere = await stage.freshProfile();
      const far = await stage.site.open(elsewhere, 'clerk', '/account');
      await page.reload();
      await page.getByText('This device').waitFor();
      await page.getByRole('button', { name: 'Sign out all others' }).click();
      await page.getByText('All other sessions are ended.').waitFor();
      // It is said at once; the list is read anew after that.
      const others = page.getByRole('button', { name: /^End the session/ });
      await others.first().waitFor({ state: 'detached' });
      expect(await others.count()).toBe(0);
      await far.getByRole('link', { name: 'Invoices' }).click();
      await far.getByRole('dialog', { name: 'Please sign in again' }).waitFor();
      await elsewhere.close();
    });
  });

  describe('the pages', () => {
    it('let a clerk write, and somebody else approve', async () => {
      const clerk = await stage.site.open(stage.context, 'clerk', '/invoices/new');
      const number = `INV-${Date.now()}`;
      await clerk.getByLabel('Number').fill(number);
      await clerk.getByLabel('Customer').fill('Acme Ltd.');
      await clerk.getByLabel('Amount').fill('1299.50');
      await clerk.getByRole('button', { name: 'Write the draft' }).click();
      await heading(clerk, number).waitFor();
      await clerk.getByText('€1,299.50').waitFor();
      expect(await clerk.getByRole('button', { name: 'Approve' }).count()).toBe(0);
      const second = await stage.freshProfile();
      const approver = await stage.site.open(second, 'approver', new URL(clerk.url()).pathname);
      await approver.getByRole('button', { name: 'Approve' }).click();
      await approver.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
      await approver.getByText(`${number} is approved.`).waitFor();
      await approver.getByText('By you').waitFor();
      await second.close();
    });

    it('leave the focus at the line that was approved', async () => {
      const page = await stage.site.open(stage.context, 'approver', '/invoices');
      const button = approveButtons(page).first();
      const number = (await button.textContent())?.replace('Approve ', '') ?? '';
      await button.click();
      await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
      await page.getByText(`${number} is approved.`).waitFor();
      await page.getByRole('button', { name: `Approve ${number}` }).waitFor({ state: 'detached' });
      expect(await focusedName(page)).toBe(number);
    });

    it('refuse a number twice, in the form', async () => {
      const page = await stage.site.open(stage.context, 'clerk', '/invoices/new');
      await page.getByLabel('Number').fill('INV-2026-0001');
      await page.getByLabel('Customer').fill('Acme Ltd.');
      await page.getByLabel('Amount').fill('1');
      await page.getByRole('button', { name: 'Write the draft' }).click();
      await page.getByText('This number is taken').waitFor();
    });

    it('are shut for other roles, and there is one for addresses that name nothing', async () => {
      const page = await stage.site.open(stage.context, 'clerk', '/reports');
      await heading(page, 'This page is not for your role').waitFor();
      for (const path of ['/no/such/page', '/invoices/018f0000-0000-7000-8000-000000000000']) {
        await page.goto(stage.site.url + path);
        await heading(page, 'There is nothing here').waitFor();
      }
    });

    it('stay readable while the server is away, and recover', async () => {
      const page = await stage.site.open(stage.context, 'approver', '/invoices');
      await approveButtons(page).first().waitFor();
      await stage.site.away(async () => {
        await page.getByText('What you see may be old.').waitFor();
        expect(await approveButtons(page).count()).toBeGreaterThan(0);
        await page.getByRole('link', { name: 'Reports' }).click();
        await page.getByText('The server is away').waitFor();
      });
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByRole('region', { name: 'EUR' }).waitFor();
    }, 60_000);
  });

  it('is used from signing in to signing out with Tab, Enter and nothing else', async () => {
    const page = await stage.context.newPage();
    await page.goto(`${stage.site.url}/invoices?status=draft`);
    await heading(page, 'Sign in to Ledger').waitFor();
    const { email, password } = stage.site.account('approver');
    await tabTo(page, 'E-mail address');
    await page.keyboard.type(email);
    await tabTo(page, 'Password');
    await page.keyboard.type(password);
    await page.keyboard.press('Enter');
    await approveButtons(page).first().waitFor();
    await tabTo(page, /^INV-/);
    const number = await focusedName(page);
    await page.keyboard.press('Enter');
    await heading(page, number).waitFor();
    // Arriving moves the focus to the heading; the button is right behind it.
    await tabTo(page, 'Approve', 2);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await tabTo(page, 'Approve', 3);
    await page.keyboard.press('Enter');
    await page.getByText(`${number} is approved.`).waitFor();
    expect(await focusedName(page)).toBe(number);
    await tabTo(page, 'Sign out');
    await page.keyboard.press('Enter');
    await heading(page, 'Sign in to Ledger').waitFor();
  });
});
