import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { AssignmentsService, ChangeFeed, TenantsService } from '@portcullis/nest';
import request from 'supertest';
import { RequireOrderPermissions } from '../../examples/graphql-websocket/access';
import { startExample, type RunningExample } from '../../examples/graphql-websocket/start';
import { openNative, type TestSocket } from '../gateways/test-sockets';
import { emptyDatabase, type TestDatabase } from '../support/database';
import { ReadmeShell } from './readme-shell';
import { until } from './until';

const README = join(__dirname, '../../examples/graphql-websocket/README.md');
const ROPE = { item: 'rope', quantity: 2 };
const PLACE = 'mutation { placeOrder(order: { item: "rope", quantity: 2 }) { item quantity } }';

interface Session {
  readonly accountId: string;
  readonly token: string;
}

interface Shown {
  readonly item?: string;
  readonly placedBy?: string | null;
}

let database: TestDatabase;
let example: RunningExample;
let app: INestApplication;
let url: string;
const sockets: TestSocket[] = [];

beforeAll(async () => {
  database = await emptyDatabase();
  example = await startExample(database.url, 0);
  ({ app } = example);
  app.useLogger(false);
  url = await app.getUrl();
});

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});

afterAll(async () => {
  await example.app.close();
  await database.drop();
});

function passwordOf(email: string): string {
  return example.accounts.find((account) => account.email === email)?.password ?? '';
}

async function signIn(role: string, tenant?: string): Promise<Session> {
  const email = `${role}@example.test`;
  const login = await request(url)
    .post('/auth/login')
    .send({ email, password: passwordOf(email), transport: 'body' })
    .expect(200);
  const { access_token, user } = login.body;
  if (tenant === undefined) return { accountId: user.id, token: access_token };
  const chosen = await request(url)
    .post('/auth/session/tenant')
    .set('Authorization', `Bearer ${access_token}`)
    .send({ tenantId: tenant })
    .expect(200);
  return { accountId: user.id, token: chosen.body.access_token };
}

async function ask(query: string, token?: string) {
  const sent = request(url).post('/graphql').send({ query });
  const { body } = await (token === undefined ? sent : sent.auth(token, { type: 'bearer' }));
  const errors = (body.errors ?? []) as { extensions: { code: string } }[];
  const data = body.data as Record<string, Shown[]> | null;
  return { data, codes: errors.map(({ extensions }) => extensions.code) };
}

function open(token?: string): TestSocket {
  const socket = openNative(url, { place: '/orders', token });
  sockets.push(socket);
  return socket;
}

/** Once the socket has answered `watching`, it hears of every order. */
async function watching({ token }: Session): Promise<TestSocket> {
  const socket = open(token);
  expect((await socket.ask('watch')).data).toEqual({});
  return socket;
}

function heardBy({ received }: TestSocket) {
  return (received as { event: string; data: typeof ROPE }[])
    .filter(({ event }) => event === 'order')
    .map(({ data }) => data);
}

function heard(socket: TestSocket): Promise<void> {
  return until(
    () => heardBy(socket).length > 0,
    () => JSON.stringify(socket.received),
  );
}

describe('the example of GraphQL and WebSocket', () => {
  it('refuses the anonymous on both', async () => {
    expect((await ask('{ orders { id } }')).codes).toEqual(['unauthenticated']);
    expect((await ask(PLACE)).codes).toEqual(['unauthenticated']);
    expect(await open().closed).toEqual(['unauthenticated', 4401]);
  });

  it('lets a clerk place orders on both, and a viewer only read', async () => {
    const [clerk, viewer] = [await signIn('clerk', 'acme'), await signIn('viewer', 'acme')];

    expect((await ask(PLACE, clerk.token)).data).toEqual({ placeOrder: ROPE });
    expect((await open(clerk.token).ask('place', ROPE)).data).toMatchObject(ROPE);
    expect((await ask(PLACE, viewer.token)).codes).toEqual(['forbidden']);
    expect((await open(viewer.token).ask('place', ROPE)).code).toBe('forbidden');

    const { data, codes } = await ask('{ orders { item quantity } }', viewer.token);
    expect(codes).toEqual([]);
    expect(data?.orders).toEqual([ROPE, ROPE]);
  });

  it('shows who placed an order to the auditor alone, and the rest of it to every reader', async () => {
    const clerk = await signIn('clerk', 'acme');
    await ask(PLACE, clerk.token);
    const asked = '{ orders { item placedBy } }';

    const viewer = await ask(asked, (await signIn('viewer', 'acme')).token);
    const auditor = await ask(asked, (await signIn('auditor', 'acme')).token);

    expect(new Set(viewer.codes)).toEqual(new Set(['forbidden']));
    expect(viewer.data?.orders?.at(-1)).toEqual({ item: 'rope', placedBy: null });
    expect(JSON.stringify(viewer.data)).not.toContain(clerk.accountId);
    expect(auditor.codes).toEqual([]);
    expect(auditor.data?.orders?.at(-1)).toEqual({ item: 'rope', placedBy: clerk.accountId });
  });

  it('keeps the orders of one tenant from the other, in lists and in streams', async () => {
    const [acme, globex] = [await signIn('clerk', 'acme'), await signIn('clerk', 'globex')];
    const socket = await watching(globex);

    await ask('mutation { placeOrder(order: { item: "acme", quantity: 1 }) { id } }', acme.token);
    await ask('mutation { placeOrder(order: { item: "ours", quantity: 1 }) { id } }', globex.token);

    await heard(socket);
    expect(heardBy(socket)).toEqual([expect.objectContaining({ item: 'ours' })]);
    expect((await ask('{ orders { item } }', globex.token)).data?.orders).toEqual([
      { item: 'ours' },
    ]);
  });

  it('asks for a tenant, and knows none that the account has no part in', async () => {
    const { token } = await signIn('viewer');

    expect((await ask('{ orders { id } }', token)).codes).toEqual(['tenant_required']);
    expect((await open(token).ask('watch')).code).toBe('tenant_required');
    await request(url)
      .post('/auth/session/tenant')
      .auth(token, { type: 'bearer' })
      .send({ tenantId: 'globex' })
      .expect(404);
  });

  it('streams an order without what a field would guard, and once per socket', async () => {
    const socket = await watching(await signIn('viewer', 'acme'));
    expect((await socket.ask('watch')).code).toBe('conflict');

    await ask(PLACE, (await signIn('clerk', 'acme')).token);

    await heard(socket);
    expect(heardBy(socket)).toEqual([{ id: expect.any(String), ...ROPE }]);
  });

  it('streams nothing more to whom the role was taken, while the session lives on', async () => {
    const [auditor, viewer] = [await signIn('auditor', 'acme'), await signIn('viewer', 'acme')];
    const [loser, witness] = [await watching(auditor), await watching(viewer)];
    const { id: tenantId } = await app.get(TenantsService, { strict: false }).get('acme');
    const held = { accountId: auditor.accountId, role: 'auditor', tenantId };
    const assignments = app.get(AssignmentsService, { strict: false });

    await assignments.unassign(held);
    await app.get(ChangeFeed, { strict: false }).catchUp();
    await ask(PLACE, (await signIn('clerk', 'acme')).token);
    await heard(witness);
    // Both streams ask about an order at once, and this refusal is sent after what they had to say.
    expect((await loser.ask('place', ROPE)).code).toBe('not_found');
    expect(heardBy(loser)).toEqual([]);

    await assignments.assign(held);
    await app.get(ChangeFeed, { strict: false }).catchUp();
    await ask(PLACE, (await signIn('clerk', 'acme')).token);
    await heard(loser);
  });

  it.each([undefined, null, 'rope', [ROPE], { item: 'rope' }, { ...ROPE, tenantId: 'globex' }])(
    'refuses the message %j as invalid',
    async (order) => {
      const { token } = await signIn('clerk', 'acme');

      expect((await open(token).ask('place', order)).code).toBe('validation_failed');
    },
  );

  it('refuses an order by mutation that a message would not get through either', async () => {
    const { token } = await signIn('clerk', 'acme');

    const { codes } = await ask(PLACE.replace('quantity: 2', 'quantity: 0'), token);

    expect(codes).toEqual(['validation_failed']);
  });

  it('does not compile with a permission that its catalogue does not have', () => {
    // @ts-expect-error of the reference server, not of this catalogue
    expect(RequireOrderPermissions('invoices:read')).toBeInstanceOf(Function);
    expect(RequireOrderPermissions('orders:trace')).toBeInstanceOf(Function);
  });
});

const hasShell = ['bash', 'curl'].every((name) => !spawnSync(name, ['--version']).error);

(hasShell ? describe : describe.skip)('what its README tells to type', () => {
  it('is refused, signs in, watches, places, is refused the field, and ends with the session', async () => {
    const shell = new ReadmeShell(README, [
      ['http://localhost:3100', url],
      ['ws://localhost:3100', url.replace('http', 'ws')],
      ['the password of the clerk', passwordOf('clerk@example.test')],
    ]);
    try {
      expect(shell.blocks).toHaveLength(3);
      expect(shell.blocks[0]).toBe('npm run example:graphql-websocket\n');

      await shell.type(1, /socket: \{"event":"watching"/);
      expect(shell.output()).toMatch(/"code":"unauthenticated"/);

      await shell.type(2, /socket closed: 4401 session_revoked/);
      expect(shell.output()).toMatch(/"item":"rope","placedBy":null/);
      expect(shell.output()).toMatch(/"code":"forbidden"/);
      expect(shell.output()).toMatch(
        /socket: \{"event":"order","data":\{"id":"[\w-]+","item":"rope"/,
      );
    } finally {
      shell.close();
    }
  });
});
