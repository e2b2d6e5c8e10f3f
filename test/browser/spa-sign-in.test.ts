import { violations } from './accessibility';
import { describeExamples } from './example-stage';
import { focusedName } from './keyboard';
import { approveButtons, heading } from './spa-site';

describeExamples('signing in to examples/spa in a real browser', (stage) => {
  it('45: leads to the page first asked for, with its query', async () => {
    const page = await stage.context.newPage();
    await page.goto(`${stage.site.url}/invoices?status=draft`);
    await heading(page, 'Sign in to Ledger').waitFor();
    expect(new URL(page.url()).searchParams.get('returnTo')).toBe('/invoices?status=draft');
    await stage.site.fill(page, stage.site.account('approver'));
    await page.waitForURL(`${stage.site.url}/invoices?status=draft`);
    await approveButtons(page).first().waitFor();
    expect(await page.getByText('Approved', { exact: true }).count()).toBe(1);
  });

  it.each(['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)'])(
    '45: leads nowhere else: %s',
    async (returnTo) => {
      const page = await stage.context.newPage();
      await page.goto(`${stage.site.url}/sign-in?returnTo=${encodeURIComponent(returnTo)}`);
      await stage.site.fill(page, stage.site.account('clerk'));
      await page.waitForURL(`${stage.site.url}/invoices`);
    },
  );

  it('fits password managers, and shows the password on demand', async () => {
    const page = await stage.context.newPage();
    await page.goto(`${stage.site.url}/sign-in`);
    const password = page.locator('[name=password]');
    expect(await page.locator('[name=email]').getAttribute('autocomplete')).toBe('username');
    expect(await password.getAttribute('autocomplete')).toBe('current-password');
    await page.getByRole('button', { name: 'Show the password' }).click();
    expect(await password.getAttribute('type')).toBe('text');
    await page.getByRole('button', { name: 'Hide the password' }).click();
    expect(await password.getAttribute('type')).toBe('password');
  });

  it('tells of a wrong password: focus in the summary, fields marked and described by it', async () => {
    const page = await stage.context.newPage();
    await page.goto(`${stage.site.url}/sign-in`);
    const { email } = stage.site.account('clerk');
    await stage.site.fill(page, { email, password: 'not that of anybody' });
    await page.getByText('That did not match').waitFor();
    const told = await page.evaluate(() => {
      const summary = document.activeElement;
      const fields = [...document.querySelectorAll<HTMLInputElement>('form input')];
      return {
        role: summary?.getAttribute('role'),
        fields: fields.map((field) => [
          field.getAttribute('aria-invalid'),
          field.getAttribute('aria-describedby') === summary?.id,
        ]),
      };
    });
    expect(told).toEqual({ role: 'alert', fields: Array(2).fill(['true', true]) });
    expect(await page.locator('[name=email]').inputValue()).toBe(email);
  });

  it('asks for what is missing before it asks the server', async () => {
    const page = await stage.context.newPage();
    const asked: string[] = [];
    page.on('request', (request) => request.method() === 'POST' && asked.push(request.url()));
    await page.goto(`${stage.site.url}/sign-in`);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Enter your e-mail address.').waitFor();
    expect(await focusedName(page)).toBe('E-mail address');
    expect(asked).toEqual([]);
  });

  it('counts down after too many attempts, and then lets in', async () => {
    const page = await stage.context.newPage();
    await page.goto(`${stage.site.url}/sign-in`);
    const account = stage.site.account('clerk');
    const wrong = { email: account.email, password: 'wrong again and again and again' };
    // Free failures, and then waits of 1, 2 and 4 s.
    for (let waits = 0; waits < 3;) {
      const { status, headers } = await fetch(`${stage.site.url}/api/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: stage.site.url },
        body: JSON.stringify(wrong),
      });
      const seconds = Number(headers.get('retry-after') ?? 0);
      if (status === 429) waits += 1;
      if (waits < 3) await page.waitForTimeout(seconds * 1000);
    }
    await stage.site.fill(page, account);
    await page.getByText('Too many attempts').waitFor();
    await page.getByRole('timer').waitFor();
    const button = page.getByRole('button', { name: /^Wait \d+ s$/ });
    expect(await button.getAttribute('aria-disabled')).toBe('true');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await heading(page, 'Invoices').waitFor();
  }, 60_000);

  it('says that the server is away, and that the browser is offline', async () => {
    const page = await stage.context.newPage();
    await page.goto(`${stage.site.url}/sign-in`);
    await stage.site.away(async () => {
      await stage.site.fill(page, stage.site.account('clerk'));
      await page.getByText('The server is away').waitFor();
    });
    await stage.context.setOffline(true);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('You are offline').waitFor();
    await stage.context.setOffline(false);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await heading(page, 'Invoices').waitFor();
  });

  it('shows what a server with second factors asks for', async () => {
    const page = await stage.context.newPage();
    const challenge = {
      token: 'c',
      factors: ['totp', 'passkey', 'recovery_code'],
      expiresIn: 300,
    };
    // The reference server has no second factor yet; the contract has.
    await page.route('**/api/auth/login', (route) =>
      route.fulfill({
        status: 401,
        contentType: 'application/problem+json',
        body: JSON.stringify({ status: 401, code: 'mfa_required', challenge }),
      }),
    );
    await page.goto(`${stage.site.url}/sign-in`);
    await stage.site.fill(page, stage.site.account('clerk'));
    await heading(page, 'One more step').waitFor();
    await page.getByText('A code from your authenticator app').waitFor();
    await page.getByText(/^You have (300|29\d) s for it\.$/).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Start again' }).click();
    await heading(page, 'Sign in to Ledger').waitFor();
  });
});
