import { randomUUID } from 'node:crypto';
import { request as send } from 'node:http';
import { FormBrowser, FORM_TYPE, type FormAnswer } from '../support/form-browser';
import { PASSWORD, startReferenceServer, type ReferenceServer } from './reference-server';

/** The public URL of the reference server in these tests, and so the one allowed origin. */
const ORIGIN = 'http://localhost:3000';
const MARKUP = `<script>alert(1)</script>"'><b>&amp;`;
const ENCODED = '&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&gt;&lt;b&gt;&amp;amp;';

let server: ReferenceServer;
/** What writes invoices that others may approve. */
let clerk: string;
let numbers = 0;

beforeAll(async () => {
  server = await startReferenceServer({ THROTTLE_LOGIN_LIMIT: '1000' });
  clerk = await server.signIn('clerk@example.test', 'clerk');
});

afterAll(() => server.stop());

async function invoice(customer = 'Acme Ltd.'): Promise<{ id: string; number: string }> {
  const number = `INV-${(numbers += 1)}`;
  const answer = await fetch(`${server.url}/invoices`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: clerk },
    body: JSON.stringify({ number, customer, amountCents: 12_345, currency: 'EUR' }),
  });
  return (await answer.json()) as { id: string; number: string };
}

async function statusOf(id: string): Promise<unknown> {
  const answer = await fetch(`${server.url}/invoices`, { headers: { authorization: clerk } });
  const { items } = (await answer.json()) as { items: { id: string; status: string }[] };
  return items.find((item) => item.id === id)?.status;
}

async function signedIn(name: string, ...roles: Parameters<ReferenceServer['signIn']>[1][]) {
  const email = `${name}@example.test`;
  await server.signIn(email, ...roles);
  const browser = new FormBrowser(server.url, ORIGIN);
  const page = await browser.get('/pages/login');
  const fields = { form_token: tokenIn(page), email, password: PASSWORD };
  expect((await browser.send('/auth/form/login', fields)).location).toBe('/pages/invoices');
  return browser;
}

function tokenIn({ text }: FormAnswer): string {
  return /name="form_token" value="([\w-]+)"/.exec(text)?.[1] ?? '';
}

describe('the pages', () => {
  it('CK-11, CK-12, SS-11: come with headers under which forms work and nothing else', async () => {
    const browser = await signedIn('headers', 'viewer');
    const forbidden = await browser.send('/invoices/x/approve-form', {});
    const pages = [
      await new FormBrowser(server.url).get('/pages/login'),
      await browser.get('/pages/invoices'),
      forbidden,
    ];
    expect(pages.map(({ status }) => status)).toEqual([200, 200, 403]);
    for (const { headers } of pages) {
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(headers.get('content-security-policy')).toBe(
        `default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
      );
      expect(headers.get('referrer-policy')).toBe('same-origin');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('strict-transport-security')).toBe('max-age=63072000; includeSubDomains');
    }
    const style = await browser.get('/pages/style.css');
    expect([style.status, style.headers.get('content-type')]).toEqual([
      200,
      'text/css; charset=utf-8',
    ]);
  });

  it('CK-11, CK-12, SS-11: lead on and refuse under headers as strict', async () => {
    const browser = await signedIn('refused-headers', 'viewer');
    const form_token = tokenIn(await browser.get('/pages/invoices'));
    const stranger = new FormBrowser(server.url, ORIGIN);
    const answers = [
      await stranger.send('/auth/form/login', { form_token: 'x' }),
      await stranger.send(
        '/auth/form/login',
        { form_token: 'x' },
        { Origin: 'https://evil.example' },
      ),
      await stranger.send('/auth/form/login', '{}', { 'Content-Type': 'text/plain' }),
      await stranger.get('/pages/invoices'),
      await stranger.get('/auth/form-token'),
      await browser.send('/auth/form/logout', { form_token: 'x' }),
      await browser.send('/invoices/x/approve-form', { form_token, returnTo: '/pages/invoices' }),
      await browser.send('/auth/form/logout', { form_token }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([303, 403, 415, 303, 200, 303, 303, 303]);
    for (const { headers } of answers) {
      expect(headers.get('content-security-policy')).toContain(`frame-ancestors 'none'`);
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('vary')).toMatch(/\bCookie\b/i);
    }
  });

  it('lead strangers to the login page, and from there to where they wanted to go', async () => {
    const email = 'wanderer@example.test';
    await server.signIn(email, 'viewer');
    const browser = new FormBrowser(server.url, ORIGIN);
    const refused = await browser.get('/pages/invoices?from=mail');
    expect([refused.status, refused.location]).toEqual([
      303,
      '/pages/login?returnTo=%2Fpages%2Finvoices%3Ffrom%3Dmail',
    ]);
    const page = await browser.get(refused.location!);
    const returnTo = /name="returnTo" value="([^"]+)"/.exec(page.text)?.[1];
    expect(returnTo).toBe('/pages/invoices?from=mail');
    const fields = { form_token: tokenIn(page), email, password: PASSWORD, returnTo: returnTo! };
    const there = await browser.send('/auth/form/login', fields);
    expect([there.status, there.location]).toEqual([303, returnTo]);
    expect((await browser.get(returnTo!)).status).toBe(200);
  });

  it.each([
    '//evil.example',
    'https://evil.example',
    '/\\evil.example',
    'javascript:alert(1)',
    `/x"><script>alert(1)</script>`,
  ])('put no returnTo of %j into the login form', async (returnTo) => {
    const query = new URLSearchParams({ returnTo }).toString();
    const { text } = await new FormBrowser(server.url).get(`/pages/login?${query}`);
    expect(text).not.toContain('name="returnTo"');
    expect(text).not.toContain('evil');
    expect(text).not.toContain('<script');
  });

  it('say what was wrong with a login, and nothing that the address says', async () => {
    const browser = new FormBrowser(server.url, ORIGIN);
    const page = await browser.get('/pages/login');
    const fields = { form_token: tokenIn(page), email: 'nobody@example.test', password: 'x' };
    const { location } = await browser.send('/auth/form/login', fields);
    expect(location).toBe('/pages/login?error=invalid_credentials');
    expect((await browser.get(location!)).text).toContain(
      'The e-mail address or the password is wrong.',
    );
    for (const error of [MARKUP, '__proto__', 'toString', '']) {
      const query = new URLSearchParams({ error }).toString();
      const { text } = await browser.get(`/pages/login?${query}`);
      expect(text).toContain('Signing in did not work. Try again.');
      expect(text).not.toContain('alert(1)');
    }
    expect((await browser.get('/pages/login?error=a&error=b&error[c]=d')).status).toBe(200);
  });

  it('encode what somebody else wrote', async () => {
    await invoice(MARKUP);
    const { text } = await (await signedIn('reader', 'viewer')).get('/pages/invoices');
    expect(text).toContain(`<td>${ENCODED}</td>`);
    expect(text).not.toContain('<script');
  });

  it('answer programs as the API does', async () => {
    const asked = { Accept: 'application/json' };
    const anonymous = await new FormBrowser(server.url).get('/pages/invoices', asked);
    expect([anonymous.status, anonymous.code]).toEqual([401, 'unauthenticated']);
    const guest = await signedIn('program');
    const refused = await guest.get('/pages/invoices', asked);
    expect([refused.status, refused.code]).toEqual([403, 'forbidden']);
  });

  it('answer people whose account may not see them with a page', async () => {
    const { status, headers, text } = await (await signedIn('guest')).get('/pages/invoices');
    expect(status).toBe(403);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(text).toContain('Your account may not do this.');
  });
});

describe('the form that approves an invoice', () => {
  it('approves it once, and stands only where the viewer may', async () => {
    const { id } = await invoice();
    const action = `/invoices/${id}/approve-form`;
    const viewer = await (await signedIn('onlooker', 'viewer')).get('/pages/invoices');
    expect(viewer.text).not.toContain(action);
    const browser = await signedIn('approver', 'approver');
    const page = await browser.get('/pages/invoices');
    expect(page.text).toContain(`action="${action}"`);
    const form_token = tokenIn(page);
    const answer = await browser.send(action, { form_token });
    expect([answer.status, answer.location]).toEqual([303, '/pages/invoices']);
    expect(await statusOf(id)).toBe('approved');
    const again = await browser.send(action, { form_token });
    expect(again.status).toBe(409);
    expect(again.text).toContain('The invoice was approved already.');
    expect((await browser.get('/pages/invoices')).text).not.toContain(action);
  });

  it('leads to a page of this server alone', async () => {
    const browser = await signedIn('leader', 'approver');
    const wishes = {
      '/pages/invoices?a=b': '/pages/invoices?a=b',
      '//evil.example': '/pages/invoices',
    };
    for (const [returnTo, location] of Object.entries(wishes)) {
      const { id } = await invoice();
      const form_token = tokenIn(await browser.get('/pages/invoices'));
      const answer = await browser.send(`/invoices/${id}/approve-form`, { form_token, returnTo });
      expect([answer.status, answer.location]).toEqual([303, location]);
    }
  });

  it('leads back with the reason where it is refused and says where it came from', async () => {
    const { id } = await invoice();
    const browser = await signedIn('returning', 'approver');
    const viewer = await signedIn('lacking', 'viewer');
    const form_token = tokenIn(await browser.get('/pages/invoices'));
    const action = `/invoices/${id}/approve-form`;
    const returnTo = '/ledger?status=draft&error=old';
    await browser.send(action, { form_token });
    for (const [who, path, fields, code] of [
      [browser, action, { form_token }, 'conflict'],
      [browser, `/invoices/${randomUUID()}/approve-form`, { form_token }, 'not_found'],
      [browser, action, { form_token: 'x' }, 'csrf_failed'],
      [browser, action, { form_token, surplus: '1' }, 'validation_failed'],
      [viewer, action, { form_token: tokenIn(await viewer.get('/pages/invoices')) }, 'forbidden'],
    ] as const) {
      const answer = await who.send(path, { ...fields, returnTo });
      expect([answer.status, answer.location]).toEqual([303, `/ledger?status=draft&error=${code}`]);
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
    const asked = { Accept: 'application/json' };
    const program = await browser.send(action, { form_token, returnTo }, asked);
    expect([program.status, program.code]).toEqual([409, 'conflict']);
  });

  it.each([
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    '/a\r\nset-cookie: a=b',
    `/${'a'.repeat(2040)}`,
    'javascript:alert(1)',
  ])('LG-15: leads nobody to %j because it was refused', async (returnTo) => {
    const browser = await signedIn(`misled-${(numbers += 1)}`, 'approver');
    const { id } = await invoice();
    const fields = { form_token: 'x', returnTo };
    const answer = await browser.send(`/invoices/${id}/approve-form`, fields);
    expect([answer.status, answer.location]).toEqual([403, null]);
    expect(answer.text).toContain('Load it again.');
  });

  it('says on the page of the invoices what was refused, and nothing that the address says', async () => {
    const browser = await signedIn('told', 'viewer');
    const out = await browser.send('/auth/form/logout', { form_token: 'x' });
    expect([out.status, out.location]).toEqual([303, '/pages/invoices?error=csrf_failed']);
    expect((await browser.get(out.location!)).text).toContain('The page was open for too long.');
    for (const error of [MARKUP, '__proto__', 'toString', '']) {
      const query = new URLSearchParams({ error }).toString();
      const { text } = await browser.get(`/pages/invoices?${query}`);
      expect(text).toContain('Nothing was changed. Try again.');
      expect(text).not.toContain('<script');
    }
    expect((await browser.get('/pages/invoices?error=a&error=b&error[c]=d')).status).toBe(200);
    expect((await browser.get('/pages/invoices')).text).not.toContain('role="alert"');
  });

  const forged: [string, Record<string, string>, number][] = [
    ['no origin', { Origin: '' }, 403],
    ['a null origin', { Origin: 'null' }, 403],
    ['another origin', { Origin: 'http://evil.localhost:3000' }, 403],
    ['JSON', { 'Content-Type': 'application/json', 'x-csrf': '1' }, 415],
    ['plain text', { 'Content-Type': 'text/plain' }, 415],
    ['a form with files', { 'Content-Type': 'multipart/form-data; boundary=x' }, 415],
  ];

  it.each(forged)('CK-6, CK-7: is refused with %s', async (name, headers, status) => {
    const { id } = await invoice();
    const browser = await signedIn(`forged-${name.replaceAll(' ', '-')}`, 'approver');
    const fields = { form_token: tokenIn(await browser.get('/pages/invoices')) };
    const answer = await browser.send(`/invoices/${id}/approve-form`, fields, headers);
    expect(answer.status).toBe(status);
    expect(await statusOf(id)).toBe('draft');
  });

  it('CK-9, HT-1, HT-2: is refused without its token, with two, and with undeclared fields', async () => {
    const { id } = await invoice();
    const action = `/invoices/${id}/approve-form`;
    const browser = await signedIn('careless', 'approver');
    const form_token = tokenIn(await browser.get('/pages/invoices'));
    const foreign = tokenIn(await new FormBrowser(server.url, ORIGIN).get('/pages/login'));
    for (const fields of ['', 'form_token=', 'form_token=x', `form_token=${foreign}`]) {
      const answer = await browser.send(action, fields);
      expect(answer.status).toBe(403);
      expect(answer.text).toContain('Load it again.');
    }
    for (const rest of [`form_token=${form_token}`, '__proto__=1', 'constructor=1', 'a=%zz']) {
      const answer = await browser.send(action, `form_token=${form_token}&${rest}`);
      expect(answer.status).toBe(400);
    }
    expect(await statusOf(id)).toBe('draft');
  });

  it('HT-5: is read up to a bound', async () => {
    const browser = await signedIn('longwinded', 'approver');
    const { id } = await invoice();
    const form_token = tokenIn(await browser.get('/pages/invoices'));
    const returnTo = 'x'.repeat(20_000);
    const answer = await browser.send(`/invoices/${id}/approve-form`, { form_token, returnTo });
    expect(answer.status).toBe(413);
    expect(await statusOf(id)).toBe('draft');
  });

  it('FS-3: a client that goes away in the middle of it harms nobody', async () => {
    const browser = await signedIn('hasty', 'approver');
    const { id } = await invoice();
    const { hostname, port } = new URL(server.url);
    const cookie = Object.entries(browser.cookies)
      .map((pair) => pair.join('='))
      .join('; ');
    await new Promise<void>((resolve) => {
      const asked = send({
        hostname,
        port,
        method: 'POST',
        path: `/invoices/${id}/approve-form`,
        headers: { cookie, origin: ORIGIN, 'content-type': FORM_TYPE, 'content-length': 500 },
      });
      asked.on('error', () => resolve());
      asked.write('form_token=', () => asked.destroy());
      asked.on('close', resolve);
    });
    expect((await browser.get('/pages/invoices')).status).toBe(200);
    expect(await statusOf(id)).toBe('draft');
  });

  it.each(['/invoices', '/invoices/x/approve', '/auth/login', '/auth/logout', '/auth/form/login/'])(
    'CK-7: %s takes no form',
    async (path) => {
      const browser = await signedIn(`form-${path.replaceAll('/', '-')}`, 'administrator');
      const form_token = tokenIn(await browser.get('/pages/invoices'));
      const { status, code } = await browser.send(path, { form_token }, { 'x-csrf': '1' });
      expect([status, code]).toEqual([415, 'unsupported_media_type']);
    },
  );
});

describe('signing out', () => {
  it('SS-3, CK-15: ends the session, and the pages are shown no more', async () => {
    const browser = await signedIn('leaver', 'viewer');
    const before = browser.copy();
    const page = await browser.get('/pages/invoices');
    const answer = await browser.send('/auth/form/logout', { form_token: tokenIn(page) });
    expect([answer.status, answer.location]).toEqual([303, '/pages/login']);
    for (const one of [browser, before]) {
      expect((await one.get('/pages/invoices')).location).toContain('/pages/login');
    }
  });
});
