import type { Locator, Page } from 'playwright-core';
import { violations } from './accessibility';
import { describeExamples } from './example-stage';
import { focusedName, tabTo } from './keyboard';
import { approveButtons, heading, passwordField, type DemoRole } from './spa-site';

/** A token of half a minute is renewed within it, and then the end of its session shows. */
const RENEWAL_MS = 30_000;

describeExamples('examples/spa for everybody', (stage) => {
  describe.each(['light', 'dark'] as const)('WCAG 2.2 AA in the %s scheme', (colorScheme) => {
    beforeEach(async () => {
      // Without movement: what is half-way between two colours has neither's contrast.
      stage.context = await stage.freshProfile({ colorScheme, reducedMotion: 'reduce' });
    });

    it.each([
      ['clerk', '/invoices', 'Invoices'],
      ['clerk', '/invoices/new', 'New invoice'],
      ['approver', '/reports', 'Reports'],
      ['clerk', '/reports', 'This page is not for your role'],
      ['approver', '/sessions', 'Sessions'],
      ['approver', '/account', 'Demo approver'],
      ['administrator', '/people', 'People'],
      ['clerk', '/nowhere', 'There is nothing here'],
    ] as const)('holds for the %s on %s', async (role: DemoRole, path, title) => {
      const page = await stage.site.open(stage.context, role, path);
      await heading(page, title).waitFor();
      await page.waitForLoadState('networkidle');
      expect(await violations(page)).toEqual([]);
      await page.setViewportSize({ width: 390, height: 844 });
      expect(await violations(page)).toEqual([]);
    });

    it('holds for signing in, for what it refuses, and for the dialogs', async () => {
      const page = await stage.context.newPage();
      await page.goto(`${stage.site.url}/invoices?status=draft`);
      await heading(page, 'Sign in to Ledger').waitFor();
      expect(await violations(page)).toEqual([]);
      await stage.site.fill(page, {
        email: 'nobody@example.test',
        password: 'no such account at all',
      });
      await page.getByRole('alert').waitFor();
      expect(await violations(page)).toEqual([]);
      await stage.site.fill(page, stage.site.account('approver'));
      await approveButtons(page).first().click();
      await page.getByRole('dialog').waitFor();
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.getByRole('link', { name: /^INV-/ }).first().click();
      await page.getByText('Reference').waitFor();
      expect(await violations(page)).toEqual([]);
    });

    it('holds for the step-up dialog, which a keyboard opens, answers and leaves', async () => {
      const page = await stage.site.open(stage.context, 'administrator', '/people');
      await stage.site.ageSignIns(3600);
      await page.reload();
      const choice = 'A role for Demo approver';
      await page.getByLabel(choice).selectOption('viewer');
      await page.getByLabel(choice).focus();
      await tabTo(page, 'Give', 1);
      await page.keyboard.press('Enter');
      const dialog = page.getByRole('dialog', { name: 'Is it still you?' });
      await dialog.waitFor();
      expect(await focusedName(page)).toBe('Password');
      expect(await violations(page)).toEqual([]);
      await holdsTheFocus(page, dialog);

      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      expect(await focusedName(page)).toBe('Give');
      await page.getByText('Not confirmed').first().waitFor();

      await page.keyboard.press('Enter');
      await dialog.waitFor();
      await isToldOfAWrongPassword(page, dialog);
      expect(await violations(page)).toEqual([]);
      await tabTo(page, 'Password', 5);
      await page.keyboard.press('Control+A');
      await page.keyboard.type(stage.site.account('administrator').password);
      await page.keyboard.press('Enter');
      await page.getByText('Demo approver is viewer now.').waitFor();
      await page.getByRole('button', { name: 'Take viewer from Demo approver' }).click();
      await page.getByText('Demo approver is no viewer any more.').waitFor();
    }, 60_000);

    it('holds for the dialog of a session that ended, which a keyboard answers and leaves', async () => {
      await stage.context.clock.install();
      const page = await stage.site.open(stage.context, 'clerk', '/invoices/new');
      await page.getByLabel('Customer').fill('Half-filled Ltd.');
      const dialog = page.getByRole('dialog', { name: 'Please sign in again' });
      const expire = async () => {
        await stage.site.expireSessions();
        await page.clock.fastForward(RENEWAL_MS);
        await dialog.waitFor();
      };
      await expire();
      expect(await focusedName(page)).toBe('Password');
      await holdsTheFocus(page, dialog);
      await isToldOfAWrongPassword(page, dialog);
      expect(await violations(page)).toEqual([]);
      await tabTo(page, 'Password', 5);
      await page.keyboard.press('Control+A');
      await page.keyboard.type(stage.site.account('clerk').password);
      await page.keyboard.press('Enter');
      await dialog.waitFor({ state: 'detached' });
      expect(await focusedName(page)).toBe('Customer');

      await expire();
      await page.keyboard.press('Escape');
      await heading(page, 'Sign in to Ledger').waitFor();
    }, 60_000);
  });
});

/** Whoever goes round by keyboard stays in the dialog, in both directions; the browser's own bars do not count. */
async function holdsTheFocus(page: Page, dialog: Locator): Promise<void> {
  const isOutside = () =>
    dialog.evaluate((element) => {
      const { activeElement, body } = document;
      return activeElement !== body && !element.contains(activeElement);
    });
  for (const key of ['Tab', 'Shift+Tab']) {
    for (let count = 0; count < 8; count += 1) {
      await page.keyboard.press(key);
      expect(await isOutside()).toBe(false);
    }
  }
}

/** A screen reader says what went wrong: an alert with the focus, and a field that names it. */
async function isToldOfAWrongPassword(page: Page, dialog: Locator): Promise<void> {
  await passwordField(dialog).focus();
  await page.keyboard.type('not it, and long enough anyway');
  await page.keyboard.press('Enter');
  const alert = dialog.getByRole('alert');
  await alert.waitFor();
  await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'alert');
  const described = await passwordField(dialog).getAttribute('aria-describedby');
  expect(described?.split(' ')).toContain(await alert.getAttribute('id'));
  expect(await passwordField(dialog).getAttribute('aria-invalid')).toBe('true');
}
