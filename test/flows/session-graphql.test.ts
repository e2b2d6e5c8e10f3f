import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { GraphQLModule, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { FormattedExecutionResult } from 'graphql';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { RequirePermissions } from '../../src/route-access/access.decorators';
import { CurrentPrincipal } from '../../src/route-access/current-principal.decorator';
import type { Principal } from '../../src/route-access/principal';
import { ORIGIN, startAuthApp, type AuthApp } from '../support/auth-app';
import { signedInPage, type PageClient } from '../support/session-client';

let written = 0;

@Resolver()
class ThingsResolver {
  @RequirePermissions<string>('things:read')
  @Query(() => String)
  read(@CurrentPrincipal() { accountId }: Principal): string {
    return accountId;
  }

  @RequirePermissions<string>('things:write')
  @Mutation(() => String)
  write(): string {
    written += 1;
    return 'written';
  }
}

const READ = '{ read }';
const WRITE = 'mutation { write }';

/** What a host writes that wants the request of a WebSocket in its resolvers. */
function contextOf({ req, extra }: { req?: object; extra?: { request: object } }): object {
  return { req: req ?? extra?.request };
}

describe('GraphQL with a session cookie', () => {
  let app: AuthApp;

  beforeAll(async () => {
    app = await startAuthApp({
      imports: [
        GraphQLModule.forRoot<ApolloDriverConfig>({
          driver: ApolloDriver,
          autoSchemaFile: true,
          graphiql: false,
          // A host may switch Apollo's own guard against forged requests off; ours must not need it.
          csrfPrevention: false,
          subscriptions: { 'graphql-ws': { context: contextOf } as never },
        }),
      ],
      providers: [ThingsResolver],
    });
  });

  beforeEach(() => (written = 0));

  afterAll(() => app.close());

  /** The data, or the codes of the refusals. */
  function outcome({ data, errors }: Pick<FormattedExecutionResult, 'data' | 'errors'>): unknown {
    return errors === undefined ? data : errors.map(({ extensions }) => extensions?.['code']);
  }

  async function post(page: PageClient, query: string, headers: Record<string, string> = {}) {
    const { body } = await page.request('/graphql', { query }, headers);
    return outcome(body as FormattedExecutionResult);
  }

  async function onSocket(page: PageClient, query: string, origin?: string): Promise<unknown> {
    class PageSocket extends WebSocket {
      constructor(url: string, protocol: string) {
        const headers = { Cookie: page.cookieHeader() };
        super(url, protocol, origin === undefined ? { headers } : { headers, origin });
      }
    }
    const url = `${app.url.replace('http', 'ws')}/graphql`;
    const client = createClient({ url, webSocketImpl: PageSocket, retryAttempts: 0 });
    try {
      for await (const result of client.iterate({ query })) return outcome(result);
      return undefined;
    } finally {
      await client.dispose();
    }
  }

  it('is decided like any other request of a page of ours', async () => {
    const reader = await signedInPage(app, 'reader');
    expect(await post(reader.page, READ)).toEqual({ read: reader.accountId });
    expect(await post(reader.page, WRITE)).toEqual(['forbidden']);
    const { page } = await signedInPage(app, 'writer');
    expect(await post(page, WRITE)).toEqual({ write: 'written' });
    await page.copy().logout();
    expect(await post(page, READ)).toEqual(['session_revoked']);
  });

  it.each([
    ['a foreign origin', { Origin: 'https://evil.example' }, 'origin_refused'],
    ['the origin null', { Origin: 'null' }, 'origin_refused'],
    ['no origin', { Origin: '' }, 'origin_refused'],
    ['no header of ours', { 'x-csrf': '' }, 'csrf_failed'],
  ])('CK-6: is refused with %s, whatever it asks', async (_what, headers, code) => {
    const { page } = await signedInPage(app, 'writer');
    expect(await post(page, WRITE, headers)).toEqual([code]);
    expect(await post(page, READ, headers)).toEqual([code]);
    expect(written).toBe(0);
  });

  it('CK-8: changes nothing by a GET', async () => {
    const { page } = await signedInPage(app, 'writer');
    const read = await page.get(`/graphql?query=${encodeURIComponent(READ)}`);
    expect(outcome(read.body as FormattedExecutionResult)).toEqual({ read: expect.any(String) });
    const tried = await page.get(`/graphql?query=${encodeURIComponent(WRITE)}`);
    expect(tried.body).not.toHaveProperty('data');
    expect(written).toBe(0);
  });

  it('CK-6: on a WebSocket acts for pages of ours alone, whatever page opened it', async () => {
    const { page, accountId } = await signedInPage(app, 'writer');
    for (const origin of ['https://evil.example', 'null', `${ORIGIN}.evil.example`, undefined]) {
      expect(await onSocket(page, WRITE, origin)).toEqual(['origin_refused']);
      expect(await onSocket(page, READ, origin)).toEqual(['origin_refused']);
    }
    expect(written).toBe(0);
    expect(await onSocket(page, READ, ORIGIN)).toEqual({ read: accountId });
    expect(await onSocket(page, WRITE, ORIGIN)).toEqual({ write: 'written' });
    await page.copy().logout();
    expect(await onSocket(page, READ, ORIGIN)).toEqual(['session_revoked']);
  });
});
