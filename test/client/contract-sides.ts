import { Controller, Get } from '@nestjs/common';
import { AuthError, createAuthClient, type AuthClient } from '@portcullis/client';
import {
  FakeAuthServer,
  VirtualClock,
  VirtualProfile,
  type CookieJar,
  type VirtualServer,
  type VirtualTab,
} from '@portcullis/client/testing';
import { AssignmentsService } from '../../src/access/assignments.service';
import { Authenticated, StepUp } from '../../src/route-access/access.decorators';
import { KnownSessions } from '../../src/sessions/known-sessions';
import { ORIGIN, PASSWORD, type AuthApp } from '../support/auth-app';

export const TRANSPORTS = ['cookie', 'session'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** A route that asks for a proof of the last minute. */
@Controller('fresh')
export class FreshController {
  @Authenticated()
  @StepUp({ maxAge: 60 })
  @Get()
  get() {
    return { fresh: true };
  }
}

/** One server with somebody who may read things, and one browser in front of it. */
export interface Side {
  readonly email: string;
  readonly auth: AuthClient;
  readonly tab: VirtualTab;
  readonly jar: CookieJar;
  /** What was sent, answered and shown, in words that do not depend on who answered. */
  readonly transcript: string[];
  /** Lets the client do what it does on its own account. */
  settled(): Promise<void>;
  /** Time passes for everybody. */
  later(seconds: number): Promise<void>;
  /** Access tokens run out, earlier than the client expects. */
  outliveTokens(): Promise<void>;
  /** An administrator lets the person do more. */
  grantWriting(): Promise<void>;
  /** The person signs in with another device. */
  signInElsewhere(): Promise<void>;
  revokeAll(): Promise<void>;
  expireAll(): Promise<void>;
}

/** What differs between the two. */
type Ways = Omit<Side, 'auth' | 'tab' | 'jar' | 'transcript' | 'settled'> & {
  readonly clock: VirtualClock;
  readonly server: VirtualServer;
};

export function fakeSide(transport: Transport): Side {
  const clock = new VirtualClock();
  const ofServer = new VirtualClock();
  const server = new FakeAuthServer(ofServer);
  const email = 'clerk@example.test';
  server.addAccount({ email, password: PASSWORD, roles: ['reader'], permissions: ['things:read'] });
  server.requireFreshProof('/fresh', 60);
  return sideOf(transport, {
    email,
    clock,
    server: server.handle,
    async later(seconds) {
      await ofServer.advance(seconds * 1000);
      await clock.sleep(seconds * 1000);
    },
    outliveTokens: () => ofServer.advance(700_000),
    async grantWriting() {
      server.changePermissions(email, ['things:read', 'things:write']);
    },
    async signInElsewhere() {
      server.openSession(email, 'Another device');
    },
    revokeAll: async () => server.revokeAll(),
    expireAll: async () => server.expireAll(),
  });
}

/** Two instances of one real server. */
export interface RealServers {
  readonly app: AuthApp;
  /** Its clock is so far ahead that every access token of the other has run out. */
  readonly late: AuthApp;
}

let people = 0;

export async function realSide(transport: Transport, { app, late }: RealServers): Promise<Side> {
  let answering = app;
  const email = `clerk-${(people += 1)}@example.test`;
  const accountId = await app.createAccount(email, 'reader');
  const clock = new VirtualClock();
  const signInElsewhere = async () => {
    const answer = await app
      .post('/auth/login', { email, password: PASSWORD, transport: 'body' })
      .set('User-Agent', 'Another device');
    expect(answer.status).toBe(200);
    return answer.body as { readonly refresh_token: string };
  };
  const forget = () => app.nest.get(KnownSessions, { strict: false }).onReconnect();
  return sideOf(transport, {
    email,
    clock,
    server: async (request, jar) => {
      // What is decided elsewhere is known here, as it is to the fake.
      await answering.settle();
      return pass(request, jar, answering.url);
    },
    async later(seconds) {
      await app.sql(
        `UPDATE auth.sessions SET rotated_at = rotated_at - $2::interval,
           last_seen_at = last_seen_at - $2::interval, auth_time = auth_time - $2::interval
         WHERE account_id = $1`,
        [accountId, `${seconds} seconds`],
      );
      forget();
      await clock.sleep(seconds * 1000);
    },
    async outliveTokens() {
      answering = late;
    },
    async grantWriting() {
      await app.nest
        .get(AssignmentsService, { strict: false })
        .assign({ accountId, role: 'writer' });
    },
    async signInElsewhere() {
      await signInElsewhere();
    },
    async revokeAll() {
      const { refresh_token } = await signInElsewhere();
      const answer = await app.post('/auth/logout', { scope: 'all', refresh_token });
      expect(answer.status).toBe(204);
    },
    async expireAll() {
      await app.sql(
        `UPDATE auth.sessions SET idle_expires_at = now() - interval '1 second'
         WHERE account_id = $1`,
        [accountId],
      );
      forget();
    },
  });
}

/** What a browser makes of a request and of its answer. */
async function pass(request: Request, jar: CookieJar, url: string): Promise<Response> {
  const headers = new Headers(request.headers);
  headers.set('origin', ORIGIN);
  headers.set('cookie', [...jar].map((pair) => pair.join('=')).join('; '));
  const body = request.method === 'GET' ? null : await request.arrayBuffer();
  const target = url + new URL(request.url).pathname;
  const response = await fetch(target, { method: request.method, headers, body });
  for (const line of response.headers.getSetCookie()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (value === '') jar.delete(name);
    else jar.set(name, value);
  }
  return response;
}

function sideOf(transport: Transport, { clock, server, ...ways }: Ways): Side {
  const transcript: string[] = [];
  const pending = new Set<Request>();
  const profile = new VirtualProfile({
    clock,
    origin: ORIGIN,
    latencyMs: 0,
    without: ['channel'],
    async server(request, jar) {
      const before = new Map(jar);
      const asked = `${request.method} ${pathOf(request)}`;
      pending.add(request);
      const response = await server(request, jar).finally(() => pending.delete(request));
      transcript.push(
        [asked, ...(await answerOf(response, asked)), ...changesOf(before, jar)].join(' | '),
      );
      return response;
    },
  });
  const tab = profile.openTab();
  const auth = createAuthClient({ transport, browser: tab.browser });
  const settled = async () => {
    for (let idle = 0; idle < 5; idle = pending.size === 0 ? idle + 1 : 0) {
      await new Promise(setImmediate);
    }
  };
  return { ...ways, auth, tab, jar: profile.jar, transcript, settled };
}

function pathOf({ url }: Request): string {
  return new URL(url).pathname.replace(/(?<=^\/auth\/sessions\/).+/, ':id');
}

const COMPARED = ['www-authenticate', 'content-type', 'cache-control'] as const;

async function answerOf(response: Response, asked: string): Promise<string[]> {
  const { headers, status } = response;
  const body: unknown = status === 204 ? undefined : await response.clone().json();
  const { code } = (body ?? {}) as { readonly code?: string };
  return [
    String(status),
    ...(code === undefined ? [] : [code]),
    ...COMPARED.flatMap((name) =>
      headers.has(name) ? [`${name}: ${headers.get(name)?.split('; charset')[0]}`] : [],
    ),
    ...['retry-after', 'x-authority-version'].filter((name) => headers.has(name)),
    // A problem document says more to people than to the client.
    ...(status === 200 && asked.includes('/auth/') ? [JSON.stringify(shapeOf(body))] : []),
  ];
}

/** The members of an answer and what kind of thing they are. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value;
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, shapeOf(member)]));
}

/** Which cookies came, went or changed, and the generation that a hint tells. */
function changesOf(before: CookieJar, after: CookieJar): string[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names
    .filter((name) => before.get(name) !== after.get(name) && !name.endsWith('-device'))
    .map((name) => {
      const value = after.get(name);
      if (value === undefined) return `-${name}`;
      const generation = name.endsWith('-hint') ? ` of ${value.split('.')[1]}` : '';
      return `${before.has(name) ? '~' : '+'}${name}${generation}`;
    });
}

/** Does something with the client, and writes down how it ended and what the client then shows. */
export async function act<Result>(
  { auth, transcript, email, settled }: Side,
  what: string,
  work: () => Promise<Result>,
): Promise<Result | undefined> {
  transcript.push(`## ${what}`);
  let result: Result | undefined;
  try {
    result = await work();
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    const { code, status, retryAfterSeconds } = error;
    const wait = retryAfterSeconds === undefined ? '' : ', to be tried later';
    transcript.push(`fails: ${code} (${status}${wait})`);
  }
  await settled();
  const state = auth.getState();
  transcript.push(
    JSON.stringify({
      status: state.status,
      ...('reason' in state && { reason: state.reason }),
      ...('user' in state && {
        own: state.user.email === email,
        permissions: [...state.permissions].sort(),
        amr: state.session.amr,
      }),
    }),
  );
  return result;
}
