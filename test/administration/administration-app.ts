import request, { type Response } from 'supertest';
import { AssignmentsService } from '../../src/access/assignments.service';
import { RouteAudit } from '../../src/access/route-audit';
import type { Requirement } from '../../src/route-access/route-access';
import { TenantsService } from '../../src/tenants/tenants.service';
import type { AuthApp } from '../support/auth-app';
import { BodyClient } from '../support/session-client';

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** One route of the administration, with its path as it was declared. */
export interface AdminRoute {
  readonly method: Method;
  readonly path: string;
  readonly requirements: readonly Requirement[];
}

interface Sent {
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request as it stands, with nothing added. */
export function ask(app: AuthApp, method: Method, path: string, sent: Sent = {}): request.Test {
  const { body, headers = {} } = sent;
  const agent = request(app.url);
  const asked = {
    GET: () => agent.get(path),
    POST: () => agent.post(path),
    PATCH: () => agent.patch(path),
    DELETE: () => agent.delete(path),
  }[method]();
  void asked.set(headers);
  return body === undefined ? asked : asked.set('Content-Type', 'application/json').send(body);
}

/** Somebody who is signed in and uses the administration. */
export class AdminClient extends BodyClient {
  constructor(
    private readonly at: AuthApp,
    readonly accountId: string,
    readonly email: string,
  ) {
    super(at);
  }

  ask(method: Method, path: string, { body, headers }: Sent = {}): request.Test {
    const bearer = { Authorization: `Bearer ${this.accessToken}` };
    return ask(this.at, method, `/admin${path}`, { body, headers: { ...bearer, ...headers } });
  }

  /** Binds the session to a tenant. */
  async actIn(tenantId: string): Promise<void> {
    const response = await ask(this.at, 'POST', '/auth/session/tenant', {
      body: { tenantId },
      headers: { Authorization: `Bearer ${this.accessToken}` },
    });
    expect(response.status).toBe(200);
    this.accessToken = (response.body as { access_token: string }).access_token;
  }
}

let people = 0;

/** What somebody holds, and where. */
export interface Holding {
  readonly roles?: readonly string[];
  readonly tenantId?: string;
}

/** A new account that is signed in, in the tenant where its roles hold. */
export async function signedIn(
  app: AuthApp,
  { roles = [], tenantId }: Holding = {},
): Promise<AdminClient> {
  const email = `person-${(people += 1)}@example.test`;
  const client = new AdminClient(app, await app.createAccount(email), email);
  for (const role of roles) await hold(app, client.accountId, role, tenantId);
  await client.login(email);
  if (tenantId !== undefined) await client.actIn(tenantId);
  return client;
}

/** Gives a role by the system's own hand. */
export async function hold(
  app: AuthApp,
  accountId: string,
  role: string,
  tenantId?: string,
): Promise<string> {
  const assignments = app.nest.get(AssignmentsService, { strict: false });
  return (await assignments.assign({ accountId, role, tenantId })).id;
}

export async function tenant(app: AuthApp, key: string): Promise<string> {
  return (await app.nest.get(TenantsService, { strict: false }).create({ key, name: key })).id;
}

export async function roleId(app: AuthApp, name: string): Promise<string> {
  const [row] = await app.sql<{ id: string }>('SELECT id FROM auth.roles WHERE name = $1', [name]);
  if (row === undefined) throw new Error(`no role ${name}`);
  return row.id;
}

/** Every route below `/admin`, as the boot found it. */
export function adminRoutes(app: AuthApp, prefix = '/admin/'): readonly AdminRoute[] {
  const handlers = app.nest.get(RouteAudit, { strict: false }).handlers();
  return handlers.flatMap(({ names, operation, access: { requirements } }) =>
    names
      .filter((path) => path.startsWith(prefix))
      .map((path) => ({ method: operation as Method, path, requirements })),
  );
}

const TABLES = [
  'accounts',
  'assignments',
  'roles',
  'role_permissions',
  'role_parents',
  'sessions',
  'signing_keys',
  'tenants',
];

/** What the database holds, but for the audit and the feed: unchanged when nothing was done. */
export async function contents(app: AuthApp): Promise<Record<string, unknown>> {
  const found = await Promise.all(
    TABLES.map(async (table) => {
      const [row] = await app.sql(
        `SELECT count(*)::int AS rows, md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), ''))
          AS digest FROM auth.${table} t`,
      );
      return [table, row] as const;
    }),
  );
  return Object.fromEntries(found);
}

/** An answer without what names the one request. */
export function shownBy({ status, body }: Response): { status: number; body: unknown } {
  const named = Object.entries((body ?? {}) as Record<string, unknown>);
  return { status, body: Object.fromEntries(named.filter(([name]) => name !== 'requestId')) };
}

/** The keys are read again when the feed says that they changed; the bound is one second. */
export async function refusedWithinTheBound(client: Pick<AdminClient, 'get'>): Promise<void> {
  const end = performance.now() + 1000;
  for (;;) {
    const { status } = await client.get('/things/mine');
    if (status === 401) return;
    if (performance.now() > end) throw new Error(`still answered ${status}`);
  }
}

/** Status and code of a refusal. */
export function problemOf({ status, body }: Response): unknown[] {
  return [status, (body as { code?: string }).code];
}
