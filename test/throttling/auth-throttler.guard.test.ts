import { Controller, Get, Global, Module, type INestApplication } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { SkipThrottle, Throttle, ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import request from 'supertest';
import { Clock } from '../../src/clock/clock';
import { ProblemFilter } from '../../src/errors/problem.filter';
import { ResolvedAuthOptions } from '../../src/options/auth-options';
import { RequestsModule } from '../../src/requests/requests.module';
import { TelemetryModule } from '../../src/telemetry/telemetry.module';
import { AuthThrottlerStorage } from '../../src/throttling/auth-throttler-storage';
import { AuthThrottlerGuard } from '../../src/throttling/auth-throttler.guard';
import { MemoryThrottlerStorage } from '../../src/throttling/memory-throttler-storage';
import { Throttled, ThrottleEveryRoute } from '../../src/throttling/throttled';
import { testOptions } from '../support/auth-options';
import { FakeClock } from '../support/fake-clock';

const LOGIN_LIMIT = 3;

@Throttled('account')
@Controller('auth')
class AuthRoutes {
  @Throttled('login')
  @Get('login')
  login() {
    return 'login';
  }

  @Get('me')
  me() {
    return 'me';
  }

  @Get('sessions')
  sessions() {
    return 'sessions';
  }

  @Throttled('refresh')
  @SkipThrottle({ default: true, refresh: true })
  @Throttle({ default: { limit: 1, ttl: 1000 }, refresh: { limit: 1, ttl: 1000 } })
  @Get('refresh')
  refresh() {
    return 'refresh';
  }
}

@Controller('host')
class HostRoutes {
  @Get()
  read() {
    return 'host';
  }
}

interface Setup {
  readonly adapter?: 'express' | 'fastify';
  readonly everyRoute?: boolean;
  readonly proxyHops?: number;
  /** A host application with a throttler of its own. */
  readonly host?: boolean;
}

const opened: INestApplication[] = [];

async function start({ adapter = 'express', everyRoute = false, proxyHops = 1, host }: Setup = {}) {
  const clock = new FakeClock();
  const options = testOptions({
    proxyHops,
    throttling: {
      login: { limit: LOGIN_LIMIT, windowSeconds: 60 },
      refresh: { limit: 5, windowSeconds: 60 },
      account: { limit: 4, windowSeconds: 30 },
      application: { limit: 6, windowSeconds: 10 },
    },
  });

  @Global()
  @Module({
    providers: [
      { provide: ResolvedAuthOptions, useValue: options },
      { provide: Clock, useValue: clock },
      { provide: ThrottleEveryRoute, useValue: everyRoute },
    ],
    exports: [ResolvedAuthOptions, Clock, ThrottleEveryRoute],
  })
  class GroundModule {}

  // The request limits alone: with no database anywhere, they cannot be using one.
  const module = await Test.createTestingModule({
    imports: [
      GroundModule,
      TelemetryModule,
      RequestsModule,
      ...(host === true ? [ThrottlerModule.forRoot([{ limit: 2, ttl: 60_000 }])] : []),
    ],
    controllers: [AuthRoutes, HostRoutes],
    providers: [
      { provide: AuthThrottlerStorage, useClass: MemoryThrottlerStorage },
      AuthThrottlerGuard,
      ...(host === true ? [{ provide: APP_GUARD, useClass: ThrottlerGuard }] : []),
      { provide: APP_GUARD, useExisting: AuthThrottlerGuard },
      { provide: APP_FILTER, useExisting: ProblemFilter },
    ],
  }).compile();
  const app =
    adapter === 'fastify'
      ? module.createNestApplication(new FastifyAdapter())
      : module.createNestApplication();
  opened.push(app);
  await app.listen(0, '127.0.0.1');
  const get = (path: string, from = '192.0.2.1') =>
    request(app.getHttpServer()).get(path).set('x-forwarded-for', from);
  const statuses = async (path: string, count: number, from?: string) => {
    const answers: number[] = [];
    for (let index = 0; index < count; index += 1) answers.push((await get(path, from)).status);
    return answers;
  };
  return { clock, get, statuses };
}

afterEach(async () => {
  for (const app of opened.splice(0)) await app.close();
});

describe.each(['express', 'fastify'] as const)('the limits on requests, on %s,', (adapter) => {
  it('answer the request over the limit with throttled and when to come back', async () => {
    const { clock, get, statuses } = await start({ adapter });

    expect(await statuses('/auth/login', LOGIN_LIMIT + 1)).toEqual([200, 200, 200, 429]);
    clock.advanceSeconds(20);
    const answer = await get('/auth/login');
    expect(answer.status).toBe(429);
    expect(answer.headers['retry-after']).toBe('40');
    expect(answer.body).toMatchObject({ code: 'throttled', status: 429 });
    clock.advanceSeconds(40);
    expect(await statuses('/auth/login', 1)).toEqual([200]);
  });

  it('tell every client what is left', async () => {
    const { headers } = await (await start({ adapter })).get('/auth/login');

    expect(headers).toMatchObject({
      'ratelimit-limit': '3',
      'ratelimit-remaining': '2',
      'ratelimit-reset': '60',
    });
    expect(Object.keys(headers).filter((name) => /^x-ratelimit|-login$/.test(name))).toEqual([]);
  });

  it('count every route without a name of its own under the name of its class, together', async () => {
    const { statuses } = await start({ adapter });

    expect(await statuses('/auth/me', 2)).toEqual([200, 200]);
    expect(await statuses('/auth/sessions', 3)).toEqual([200, 200, 429]);
    expect(await statuses('/auth/me', 1)).toEqual([429]);
  });

  it('LG-16: leave the other limits alone when one of them is exhausted', async () => {
    const { statuses } = await start({ adapter });
    await statuses('/auth/login', 20);

    expect(await statuses('/auth/me', 1)).toEqual([200]);
    expect(await statuses('/auth/refresh', 1)).toEqual([200]);
  });

  it('LG-6: count all addresses of one /64 as one source, and its neighbour apart', async () => {
    const { get } = await start({ adapter });
    const answers: number[] = [];
    for (let index = 0; index < 50; index += 1) {
      answers.push((await get('/auth/login', `2001:db8:0:7:${index}:b0b::${index}`)).status);
    }

    expect(answers.filter((status) => status === 200)).toHaveLength(LOGIN_LIMIT);
    expect((await get('/auth/login', '2001:db8:0:8::1')).status).toBe(200);
  });

  it('LG-5: count by the connection where no proxy is configured, whatever is claimed', async () => {
    const { get } = await start({ adapter, proxyHops: 0 });
    const answers: number[] = [];
    for (let index = 0; index < 10; index += 1) {
      answers.push((await get('/auth/login', `198.51.100.${index}`)).status);
    }

    expect(answers.filter((status) => status === 200)).toHaveLength(LOGIN_LIMIT);
  });

  it('leave routes without a name alone, unless every route is throttled', async () => {
    const off = await start({ adapter });
    expect(await off.statuses('/host', 10)).toEqual(Array<number>(10).fill(200));
    expect((await off.get('/host')).headers).not.toHaveProperty('ratelimit-limit');

    const on = await start({ adapter, everyRoute: true });
    expect((await on.statuses('/host', 7)).slice(-2)).toEqual([200, 429]);
    expect(await on.statuses('/auth/login', 4)).toEqual([200, 200, 200, 429]);
  });
});

describe('a host application with a throttler of its own', () => {
  it('keeps exactly its own limits on its own routes', async () => {
    const { get, statuses } = await start({ host: true });
    const first = await get('/host');

    expect(first.headers).toMatchObject({ 'x-ratelimit-limit': '2' });
    expect(first.headers).not.toHaveProperty('ratelimit-limit');
    // Its guard counts by the address of the connection, and by route.
    expect(await statuses('/host', 2)).toEqual([200, 429]);
  });

  it('does not loosen or tighten ours by decorators that name its throttlers', async () => {
    const { statuses } = await start({ host: true });

    expect(await statuses('/auth/refresh', 6)).toEqual([200, 200, 200, 200, 200, 429]);
  });
});
