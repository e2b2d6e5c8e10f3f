import { DataSource } from 'typeorm';
import { ReadinessService } from '../../server/health/readiness.service';
import { startReferenceServer, type ReferenceServer } from './reference-server';

interface Invoice {
  readonly id: string;
  readonly number: string;
  readonly status: string;
  readonly approvedBy: string | null;
  readonly amountCents: number;
}

interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

type Problem = Invoice & { readonly code: string };

let server: ReferenceServer;
let clerk: string;
let approver: string;
let other: string;
let administrator: string;
let next = 1;

beforeAll(async () => {
  server = await startReferenceServer({ ORIGINS: 'https://app.example.org' });
  clerk = await server.signIn('clerk@example.test', 'clerk');
  approver = await server.signIn('approver@example.test', 'approver');
  other = await server.signIn('other@example.test', 'approver');
  administrator = await server.signIn('root@example.test', 'administrator');
});

afterAll(() => server.stop());

async function call<Body = Problem>(
  authorization: string | undefined,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer<Body>> {
  const headers: Record<string, string> = {};
  if (authorization !== undefined) headers['authorization'] = authorization;
  if (body !== undefined) headers['content-type'] = 'application/json';
  const answer = await fetch(`${server.url}${path}`, {
    method,
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    body: (text === '' ? undefined : JSON.parse(text)) as Body,
  };
}

function draft(overrides: object = {}): Record<string, unknown> {
  const number = `INV-${next++}`;
  return { number, customer: 'Acme Ltd.', amountCents: 129_900, currency: 'EUR', ...overrides };
}

async function create(authorization = clerk): Promise<Invoice> {
  const { status, body } = await call<Invoice>(authorization, 'POST', '/invoices', draft());
  expect(status).toBe(201);
  return body;
}

describe('invoices', () => {
  it('are written by a clerk and approved by somebody else', async () => {
    const invoice = await create();
    expect(invoice).toMatchObject({ status: 'draft', approvedBy: null, amountCents: 129_900 });
    const approved = await call(approver, 'POST', `/invoices/${invoice.id}/approve`);
    expect(approved).toMatchObject({ status: 200, body: { id: invoice.id, status: 'approved' } });
    expect(approved.body.approvedBy).not.toBeNull();
  });

  it.each([
    ['nobody', (): string | undefined => undefined, 'GET', '/invoices', 401, 'unauthenticated'],
    [
      'a clerk',
      () => clerk,
      'POST',
      '/invoices/018f0000-0000-7000-8000-000000000000/approve',
      403,
      'forbidden',
    ],
    ['an approver', () => approver, 'POST', '/invoices', 403, 'forbidden'],
    ['a clerk', () => clerk, 'GET', '/reports/summary', 403, 'forbidden'],
  ] as const)(
    'answer %s who may not with the code',
    async (_who, as, method, path, status, code) => {
      const body = method === 'POST' ? draft() : undefined;
      expect(await call(as(), method, path, body)).toMatchObject({ status, body: { code } });
    },
  );

  it('are never approved by their creator, whatever that one may do', async () => {
    const invoice = await create(administrator);
    const own = await call(administrator, 'POST', `/invoices/${invoice.id}/approve`);
    expect(own).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    const [stored] = await rows(`SELECT status FROM invoices WHERE id = '${invoice.id}'`);
    expect(stored).toEqual({ status: 'draft' });
  });

  it('are approved once: of several approvals at the same time one wins', async () => {
    const invoice = await create();
    const path = `/invoices/${invoice.id}/approve`;
    const answers = await Promise.all(
      [approver, other, administrator].map((who) => call(who, 'POST', path)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    expect(await call(approver, 'POST', path)).toMatchObject({ body: { code: 'conflict' } });
  });

  it('have one number each', async () => {
    const first = draft();
    expect(await call(clerk, 'POST', '/invoices', first)).toMatchObject({ status: 201 });
    expect(await call(clerk, 'POST', '/invoices', first)).toMatchObject({
      status: 409,
      body: { code: 'conflict' },
    });
  });

  it('of another tenant do not exist', async () => {
    const id = '018f1111-0000-7000-8000-000000000001';
    await rows(`INSERT INTO invoices (id, tenant_id, number, customer, amount_cents, currency, created_by)
      VALUES ('${id}', gen_random_uuid(), 'FOREIGN', 'x', 1, 'EUR', gen_random_uuid())`);
    expect(await call(approver, 'POST', `/invoices/${id}/approve`)).toMatchObject({
      status: 404,
      body: { code: 'not_found' },
    });
    expect(await call(approver, 'GET', `/invoices/${id}`)).toMatchObject({
      status: 404,
      body: { code: 'not_found' },
    });
    const { body } = await call<{ items: Invoice[] }>(approver, 'GET', '/invoices?limit=100');
    expect(body.items.map(({ number }) => number)).not.toContain('FOREIGN');
  });

  it('that do not exist answer as those of another tenant', async () => {
    const path = '/invoices/018f0000-0000-7000-8000-000000000000/approve';
    expect(await call(approver, 'POST', path)).toMatchObject({ body: { code: 'not_found' } });
  });

  it('are read one by one by who may read the list', async () => {
    const invoice = await create();
    const path = `/invoices/${invoice.id}`;
    expect(await call(approver, 'GET', path)).toMatchObject({ status: 200, body: invoice });
    expect(await call(undefined, 'GET', path)).toMatchObject({ status: 401 });
  });

  it('are listed by status', async () => {
    const [open, approved] = [await create(), await create()];
    await call(approver, 'POST', `/invoices/${approved.id}/approve`);
    const listed = async (status: string) => {
      const path = `/invoices?limit=100&status=${status}`;
      const { body } = await call<{ items: Invoice[] }>(clerk, 'GET', path);
      expect(new Set(body.items.map((item) => item.status))).toEqual(new Set([status]));
      return body.items.map(({ id }) => id);
    };
    expect(await listed('draft')).toContain(open.id);
    expect(await listed('approved')).toContain(approved.id);
    expect(await call(clerk, 'GET', '/invoices?status=paid')).toMatchObject({ status: 400 });
  });

  it('are listed in pages that stay stable while others are written', async () => {
    for (let count = 0; count < 5; count++) await create();
    const seen: string[] = [];
    let cursor = '';
    let pages = 0;
    do {
      const path = `/invoices?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const { body } = await call<{ items: Invoice[]; nextCursor: string | null }>(
        clerk,
        'GET',
        path,
      );
      expect(body.items.length).toBeLessThanOrEqual(2);
      seen.push(...body.items.map(({ id }) => id));
      cursor = body.nextCursor ?? '';
      if (pages++ === 0) await create();
    } while (cursor !== '');
    const [{ count }] = (await rows(
      `SELECT count(*)::int AS count FROM invoices WHERE tenant_id IS NULL`,
    )) as [{ count: number }];
    expect(new Set(seen).size).toBe(seen.length);
    // The one written meanwhile is newer than the first page.
    expect(seen.length).toBe(count - 1);
    expect(seen).toEqual([...seen].sort().reverse());
  });

  it.each([
    'limit=0',
    'limit=101',
    'limit=1&limit=2',
    'limit=x',
    'limit[]=1',
    'cursor=1',
    'sort=id',
  ])('refuse the query %s', async (query) => {
    const answer = await call(clerk, 'GET', `/invoices?${query}`);
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
  });

  it('AD-5: know nothing under an id that is none', async () => {
    const answer = await call(approver, 'POST', '/invoices/1%27%20OR%201=1/approve');
    expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });
});

describe('bodies', () => {
  it.each([
    ['an unknown member', { ...draft(), status: 'approved' }],
    ['another creator', { ...draft(), createdBy: '018f0000-0000-7000-8000-000000000000' }],
    ['a number as text', draft({ amountCents: '1' })],
    ['a fraction', draft({ amountCents: 0.5 })],
    ['an amount without end', draft({ amountCents: 1e13 })],
    ['a list for a text', draft({ customer: ['a'] })],
    ['a control character', draft({ customer: 'a\u0000b' })],
    ['nothing but spaces', draft({ customer: '  ' })],
    ['a currency that does not exist', draft({ currency: 'XXQ' })],
    ['a list', [draft()]],
    ['nothing', {}],
    [
      'a constructor',
      '{"constructor":{"prototype":{}},"number":"A","customer":"b","amountCents":1,"currency":"EUR"}',
    ],
    [
      'a prototype',
      '{"__proto__":{"a":1},"number":"A","customer":"b","amountCents":1,"currency":"EUR"}',
    ],
    [
      'a member twice',
      '{"number":"A","number":"B","customer":"b","amountCents":1,"currency":"EUR"}',
    ],
    ['what is not JSON', '{"number":'],
    ['depth without end', '['.repeat(20_000)],
  ])('HT-1: with %s are refused', async (_what, body) => {
    const answer = await call(clerk, 'POST', '/invoices', body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
  });

  it('HT-5: of a megabyte are refused', async () => {
    const answer = await call(clerk, 'POST', '/invoices', draft({ customer: 'x'.repeat(2 ** 20) }));
    expect(answer).toMatchObject({ status: 413, body: { code: 'payload_too_large' } });
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    '',
  ])('of the type "%s" are refused, as a page could send them without asking', async (type) => {
    const answer = await fetch(`${server.url}/invoices`, {
      method: 'POST',
      headers: { authorization: clerk, 'content-type': type },
      body: Buffer.from('number=1'),
    });
    expect(answer.status).toBe(415);
  });
});

describe('reports', () => {
  it('sum up by currency and status', async () => {
    await call(clerk, 'POST', '/invoices', draft({ currency: 'JPY', amountCents: 7 }));
    await call(clerk, 'POST', '/invoices', draft({ currency: 'JPY', amountCents: 5 }));
    const { status, body } = await call<{ totals: unknown[] }>(approver, 'GET', '/reports/summary');
    expect(status).toBe(200);
    expect(body.totals).toContainEqual({
      currency: 'JPY',
      status: 'draft',
      count: 2,
      amountCents: 12,
    });
  });
});

describe('health', () => {
  it('AD-9: tells nothing but yes', async () => {
    for (const path of ['/health/live', '/health/ready']) {
      expect(await call(undefined, 'GET', path)).toMatchObject({
        status: 200,
        body: { status: 'ok' },
      });
    }
  });

  it('AD-9: is not ready, and does not say why, while the instance is stopping', async () => {
    server.app.get(ReadinessService, { strict: false }).drain();
    const ready = await call(undefined, 'GET', '/health/ready');
    expect(ready).toMatchObject({ status: 503, body: { code: 'database_unavailable' } });
    expect(ready.body).not.toHaveProperty('detail');
    expect(await call(undefined, 'GET', '/health/live')).toMatchObject({ status: 200 });
  });
});

function rows(sql: string): Promise<Record<string, unknown>[]> {
  return server.app.get(DataSource).query(sql);
}
