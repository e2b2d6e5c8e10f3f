import type { AddressInfo, Server } from 'node:net';
import { Controller, Get, Logger, type INestMicroservice } from '@nestjs/common';
import {
  ClientProxyFactory,
  EventPattern,
  MessagePattern,
  Payload,
  Transport,
  type ClientProxy,
} from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import { Database } from '../../src/database/database';
import {
  Authenticated,
  LoosenAccess,
  Public,
  RequirePermissions,
  Roles,
} from '../../src/route-access/access.decorators';
import { CurrentPrincipal } from '../../src/route-access/current-principal.decorator';
import type { Principal } from '../../src/route-access/principal';
import { startAuthApp, type AuthApp } from '../support/auth-app';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { BodyClient } from '../support/session-client';

const seen: string[] = [];

@Roles<string>('reader')
@Controller('things')
class ThingsMessages {
  @MessagePattern('read')
  read(@CurrentPrincipal() { accountId }: Principal) {
    seen.push('read');
    return accountId;
  }

  @RequirePermissions<string>('things:write')
  @MessagePattern({ cmd: 'write' })
  write(@Payload('text') text: string) {
    seen.push('write');
    return text;
  }

  @RequirePermissions<string>('things:write')
  @EventPattern({ event: 'written' })
  written() {
    seen.push('written');
  }

  @LoosenAccess({ reason: 'everybody may see who they are' })
  @Authenticated()
  @MessagePattern('mine')
  mine(@CurrentPrincipal() { sessionId }: Principal) {
    seen.push('mine');
    return sessionId;
  }

  @Public({ reason: 'a probe' })
  @MessagePattern('probe')
  probe() {
    seen.push('probe');
    return 'alive';
  }

  @Public({ reason: 'over HTTP too' })
  @Get('probe')
  probeOverHttp() {
    return 'alive';
  }
}

interface Served {
  readonly app: AuthApp;
  readonly client: ClientProxy;
}

let database: TestDatabase;
let accounts = 0;

async function serve(hybrid: { inheritAppConfig?: boolean }): Promise<Served> {
  let microservice: INestMicroservice | undefined;
  const app = await startAuthApp({
    database,
    controllers: [ThingsMessages],
    prepare: async (nest) => {
      const options = {
        transport: Transport.TCP as const,
        options: { host: '127.0.0.1', port: 0 },
      };
      microservice = nest.connectMicroservice(options, hybrid);
      await nest.init();
      await nest.startAllMicroservices();
    },
  });
  const { port } = microservice?.unwrap<Server>().address() as AddressInfo;
  const client = ClientProxyFactory.create({
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port },
  });
  return { app, client };
}

/** What came back: the answer, or the error object. */
async function ask(client: ClientProxy, pattern: unknown, data: unknown): Promise<unknown> {
  try {
    return await firstValueFrom(client.send<unknown>(pattern, data));
  } catch (error) {
    return error;
  }
}

async function login(app: AuthApp, ...roles: string[]) {
  const email = `somebody-${(accounts += 1)}@example.org`;
  const id = await app.createAccount(email, ...roles);
  const client = new BodyClient(app);
  await client.login(email);
  return Object.assign(client, { id, authorization: `Bearer ${client.accessToken}` });
}

const refused = (code: string) => expect.objectContaining({ status: 'error', code }) as object;

beforeAll(async () => {
  database = await cloneDatabase();
});

beforeEach(() => void seen.splice(0));

afterEach(() => jest.restoreAllMocks());

afterAll(() => database.drop());

describe('messages over TCP', () => {
  let app: AuthApp;
  let client: ClientProxy;

  beforeAll(async () => {
    ({ app, client } = await serve({ inheritAppConfig: true }));
  });

  afterAll(async () => {
    await client.close();
    await app.close();
  });

  it('AZ-12: answers what class and method require, and refuses the rest by its stable code', async () => {
    const of = async (authorization?: string) =>
      Promise.all(
        ['read', { cmd: 'write' }, 'mine', 'probe'].map(async (pattern) => {
          const answer = await ask(client, pattern, { authorization, text: 'sent' });
          return (answer as { code?: string }).code ?? 'answered';
        }),
      );
    const unknown = 'unauthenticated';

    expect(await of()).toEqual([unknown, unknown, unknown, 'answered']);
    expect(await of((await login(app)).authorization)).toEqual([
      'forbidden',
      'forbidden',
      'answered',
      'answered',
    ]);
    expect(await of((await login(app, 'reader')).authorization)).toEqual([
      'answered',
      'forbidden',
      'answered',
      'answered',
    ]);
    expect(await of((await login(app, 'writer')).authorization)).toEqual([
      'answered',
      'answered',
      'answered',
      'answered',
    ]);
  });

  it('AZ-14: tells of a refusal neither cause nor stack', async () => {
    expect(await ask(client, 'read', {})).toEqual({
      status: 'error',
      code: 'unauthenticated',
      title: expect.any(String) as string,
      message: expect.any(String) as string,
      challenge: 'Bearer',
    });
  });

  it('AZ-12: keeps two principals apart that speak over one connection', async () => {
    const [one, other] = [await login(app, 'reader'), await login(app, 'reader')];

    const answers = await Promise.all(
      [one, other, one, other].map(({ authorization }) => ask(client, 'read', { authorization })),
    );

    expect(answers).toEqual([one.id, other.id, one.id, other.id]);
  });

  it('reads the token from the metadata of a packet too, but not from both', async () => {
    const { authorization, id } = await login(app, 'reader');
    const askWith = async (metadata: Record<string, string>, data: object = {}) => {
      client.setOnDispatchHook((packet) => void (packet.metadata = metadata));
      try {
        return await ask(client, 'read', data);
      } finally {
        client.setOnDispatchHook(() => undefined);
      }
    };

    expect(await askWith({ authorization })).toBe(id);
    expect(await askWith({ Authorization: authorization })).toBe(id);
    expect(await askWith({ authorization }, { authorization })).toEqual(
      refused('ambiguous_credentials'),
    );
    expect(await ask(client, 'read', { authorization, Authorization: authorization })).toEqual(
      refused('ambiguous_credentials'),
    );
  });

  it.each<[string, unknown]>([
    ['without its scheme', (token: string) => ({ authorization: token })],
    ['of another scheme', (token: string) => ({ authorization: `Basic ${token}` })],
    ['that is a list', (token: string) => ({ authorization: [[`Bearer ${token} `]] })],
    ['that is an object', (token: string) => ({ authorization: { toString: token } })],
    [
      'that was changed',
      (token: string) => ({ authorization: `Bearer ${token.slice(0, -6)}AAAAAA` }),
    ],
  ])('AZ-12: refuses a token %s', async (_, spoil) => {
    const { accessToken } = await login(app, 'reader');
    const data = (spoil as (token: string) => object)(accessToken);

    expect(await ask(client, 'read', data)).toEqual(refused('invalid_token'));
    expect(seen).toEqual([]);
  });

  it('finds no token in data that is a text, a list or nothing', async () => {
    const { authorization } = await login(app, 'reader');

    for (const data of [authorization, [authorization], 7, '']) {
      expect(await ask(client, 'read', data)).toEqual(refused('unauthenticated'));
    }
  });

  it('AZ-12: handles no event of somebody who may not cause it', async () => {
    const [writer, reader] = [await login(app, 'writer'), await login(app, 'reader')];

    for (const authorization of [undefined, reader.authorization, writer.authorization]) {
      await firstValueFrom(client.emit({ event: 'written' }, { authorization }), {
        defaultValue: undefined,
      });
    }
    // One connection is read in order, so this answer comes after the events.
    await ask(client, 'mine', { authorization: writer.authorization });
    await ask(client, 'mine', { authorization: writer.authorization });

    expect(seen.filter((event) => event === 'written')).toHaveLength(1);
  });

  it('is public without a credential and without a query', async () => {
    const query = jest.spyOn(Database.prototype, 'query');

    expect(await ask(client, 'probe', {})).toBe('alive');

    expect(query).not.toHaveBeenCalled();
  });

  it('ends with the session', async () => {
    const somebody = await login(app, 'reader');
    const { authorization } = somebody;
    expect(await ask(client, 'read', { authorization })).toBe(somebody.id);

    await somebody.logout();

    expect(await ask(client, 'read', { authorization })).toEqual(refused('invalid_token'));
  });
});

describe('a microservice that does not inherit the guards of its application', () => {
  let app: AuthApp;
  let client: ClientProxy;

  beforeAll(async () => {
    ({ app, client } = await serve({}));
  });

  afterAll(async () => {
    await client.close();
    await app.close();
  });

  it('AZ-14: refuses every message, public ones included, and tells the operator why', async () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue(undefined);
    const { authorization } = await login(app, 'writer');

    for (const pattern of ['read', { cmd: 'write' }, 'mine', 'probe']) {
      const answer = await ask(client, pattern, { authorization });
      expect(answer).toEqual(refused('forbidden'));
    }

    expect(seen).toEqual([]);
    expect(error.mock.calls[0]?.[0]).toMatch(/ThingsMessages\.read\(\).*inheritAppConfig: true/);
  });

  it('leaves the routes of the same controller as they were', async () => {
    expect((await app.get('/things/probe')).text).toBe('alive');
  });
});
