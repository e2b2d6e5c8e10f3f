import { ADMIN, startServerProcess, type ServerProcess } from './server-process';

const INSTANCES = 3;

/** A printed line of the demo account that writes invoices. */
const CLERK_LINE = /^ {2}(clerk@example\.test) +clerk +([\w-]{24})$/m;

/** A problem, or whatever a route answers. */
export interface FleetAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export type FleetMethod = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** What goes along with a request. */
export interface FleetRequest {
  readonly token?: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Somebody who is signed in. */
export interface FleetSession {
  readonly token: string;
  readonly sessionId: string;
}

/** Three instances of the built server on one database, administered through the first. */
export class Fleet {
  #administrator = '';

  private constructor(private readonly servers: readonly ServerProcess[]) {}

  static async start(databaseUrl: string): Promise<Fleet> {
    const fleet = new Fleet(
      await Promise.all(Array.from({ length: INSTANCES }, () => startServerProcess(databaseUrl))),
    );
    await fleet.renewAdministrator();
    return fleet;
  }

  get size(): number {
    return this.servers.length;
  }

  /** Everything the instances wrote so far. */
  get output(): string {
    return this.servers.map((server) => server.output()).join('\n');
  }

  pidOf(instance: number): number {
    return this.servers[instance]!.pid;
  }

  get administratorToken(): string {
    return this.#administrator;
  }

  /** The demo account that may neither read reports nor administer anything. */
  get clerk(): { readonly email: string; readonly password: string } {
    const [, email, password] = CLERK_LINE.exec(this.output) ?? [];
    if (email === undefined || password === undefined) throw new Error('no clerk was made');
    return { email, password };
  }

  /** Signs the administrator in again, after the token before was ended. */
  async renewAdministrator(): Promise<void> {
    this.#administrator = (await this.signIn(0, ADMIN)).token;
  }

  async ask(
    instance: number,
    method: FleetMethod,
    path: string,
    { token, body, headers = {} }: FleetRequest = {},
  ): Promise<FleetAnswer> {
    const response = await fetch(`${this.servers[instance]!.url}${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: text === '' ? {} : (JSON.parse(text) as FleetAnswer['body']),
    };
  }

  async signIn(
    instance: number,
    account: { readonly email: string; readonly password: string },
  ): Promise<FleetSession> {
    const { status, body } = await this.ask(instance, 'POST', '/auth/login', {
      body: { ...account, transport: 'body' },
    });
    if (status !== 200) throw new Error(`sign-in: ${status} ${JSON.stringify(body)}`);
    const { access_token: token, session } = body as {
      access_token: string;
      session: { id: string };
    };
    return { token, sessionId: session.id };
  }

  /** What the administrator asks of the first instance, below `/admin`; a refusal is an error. */
  async administer<Body = Readonly<Record<string, unknown>>>(
    method: FleetMethod,
    path: string,
    body?: object,
  ): Promise<Body> {
    const answer = await this.ask(0, method, `/admin${path}`, {
      token: this.#administrator,
      body,
    });
    if (answer.status >= 300) {
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    return answer.body as Body;
  }

  /** The id of the only account with an address. */
  async accountId(email: string): Promise<string> {
    return this.#onlyId(`/users?q=${encodeURIComponent(email)}`);
  }

  /** The id of the only role with a text in its name. */
  async roleId(name: string): Promise<string> {
    return this.#onlyId(`/roles?q=${encodeURIComponent(name)}`);
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
  }

  async #onlyId(path: string): Promise<string> {
    const { items } = await this.administer<{ items: { id: string }[] }>('GET', path);
    if (items.length !== 1) throw new Error(`${path}: ${items.length} found`);
    return items[0]!.id;
  }
}
