import {
  All,
  Controller,
  Get,
  Head,
  Module,
  Post,
  RequestMethod,
  Version,
  VERSION_NEUTRAL,
  VersioningType,
  type INestApplication,
  type VersioningOptions,
} from '@nestjs/common';
import { LazyModuleLoader, NestFactory, RouterModule } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import request from 'supertest';
import { RouteAudit } from '../../src/access/route-audit';
import { Public } from '../../src/route-access/access.decorators';
import { discoveryModule } from './discovery-app';

@Public()
@Controller(['orders', 'purchases/'])
class OrdersController {
  @Get(['', 'latest']) list(): void {}
  @Get(':id') read(): void {}
  @Post('/') create(): void {}
  @Head('size') size(): void {}
  @All('proxy') proxy(): void {}
  @Get('files/*') file(): void {}
  @Version('2') @Get('new') renewed(): void {}
  @Version(['2', VERSION_NEUTRAL]) @Get('both') both(): void {}
  helper(): void {}
}

@Public()
@Controller({ path: 'health', version: VERSION_NEUTRAL })
class HealthController {
  @Get() read(): void {}
  @Post() write(): void {}
}

@Public()
@Controller({ version: ['1', '3'] })
class RootController {
  @Get() read(): void {}
}

class BaseController {
  @Public() @Get('inherited') inherited(): void {}
}

@Controller('child')
class ChildController extends BaseController {}

@Module({ controllers: [OrdersController, ChildController] })
class ShopModule {}

@Module({ controllers: [OrdersController] })
class OutletModule {}

const Host = discoveryModule({
  controllers: [HealthController, RootController],
  imports: [
    ShopModule,
    OutletModule,
    RouterModule.register([
      { path: 'shop', module: ShopModule, children: [{ path: 'outlet', module: OutletModule }] },
    ]),
  ],
});

function configure(app: INestApplication, versioning: VersioningOptions): INestApplication {
  return app
    .setGlobalPrefix('api', {
      exclude: [{ path: 'health', method: RequestMethod.GET }, 'shop/child/*path'],
    })
    .enableVersioning(versioning);
}

const URI: VersioningOptions = { type: VersioningType.URI, defaultVersion: '1' };

/** `GET /path` of every handler, and nothing twice. */
function listed(app: INestApplication): string[] {
  const adapter = app.getHttpAdapter() as { normalizePath?: (path: string) => string };
  const routes = app
    .get(RouteAudit)
    .handlers()
    .flatMap(({ operation, names }) =>
      names.map((name) => `${operation} ${adapter.normalizePath?.(name) ?? name}`),
    );
  return [...new Set(routes)].sort();
}

interface ExpressLayer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
}

/** Nest puts its "not found" for paths outside the prefix into the same router, after the routes. */
class RecordingAdapter extends ExpressAdapter {
  #stack: readonly ExpressLayer[] = [];

  get stack(): readonly ExpressLayer[] {
    return this.#stack;
  }

  override setNotFoundHandler(...given: Parameters<ExpressAdapter['setNotFoundHandler']>): void {
    const { router } = this.getInstance<{ router: { stack: readonly ExpressLayer[] } }>();
    this.#stack = [...router.stack];
    super.setNotFoundHandler(...given);
  }
}

/** What Express asks, in its own words. */
function expressRoutes(app: INestApplication): string[] {
  const routes = (app.getHttpAdapter() as unknown as RecordingAdapter).stack.flatMap(
    ({ route }) => {
      if (route === undefined) return [];
      const methods = Object.keys(route.methods);
      return (methods.length > 1 ? ['ALL'] : methods.map((name) => name.toUpperCase())).map(
        (method) => `${method} ${route.path}`,
      );
    },
  );
  return [...new Set(routes)].sort();
}

async function onExpress<Result>(
  versioning: VersioningOptions,
  work: (app: INestApplication) => Result | Promise<Result>,
): Promise<Result> {
  const app = await NestFactory.create(Host, new RecordingAdapter(), { logger: false });
  try {
    return await work(await configure(app, versioning).init());
  } finally {
    await app.close();
  }
}

describe('the paths of the handlers', () => {
  it('AZ-1: are on Express exactly the routes of its router, with prefix, exclusions and versions', async () => {
    await onExpress(URI, (app) => {
      const routes = expressRoutes(app);
      expect(listed(app)).toEqual(routes);
      expect(routes).toEqual(
        expect.arrayContaining([
          'ALL /api/v1/shop/purchases/proxy',
          'GET /api/shop/orders/both',
          'GET /api/v2/shop/outlet/orders/both',
          'GET /api/v3',
          'GET /health',
          'GET /v1/shop/child/inherited',
          'HEAD /api/v1/shop/orders/size',
          'POST /api/health',
        ]),
      );
    });
  });

  it('AZ-1: are on Fastify exactly the routes of its router', async () => {
    const adapter = new FastifyAdapter();
    const registered = new Set<string>();
    adapter.getInstance().addHook('onRoute', ({ method, url }) => {
      const methods = [method].flat();
      registered.add(`${methods.length > 1 ? 'ALL' : methods.join()} ${url}`);
    });
    const app = await NestFactory.create(Host, adapter, { logger: false });
    try {
      await configure(app, URI).init();
      await adapter.getInstance().ready();
      // Fastify answers HEAD wherever it answers GET.
      const routes = [...registered].filter(
        (route) => !(route.startsWith('HEAD ') && registered.has(route.replace('HEAD', 'GET'))),
      );
      const ours = listed(app);
      expect(ours.length).toBeGreaterThan(30);
      expect(ours).toEqual(routes.sort());
    } finally {
      await app.close();
    }
  });

  it('carry no version where a header or a media type selects it, and say which versions they are', async () => {
    for (const versioning of [
      { type: VersioningType.HEADER, header: 'x-version' },
      { type: VersioningType.MEDIA_TYPE, key: 'v=' },
    ] satisfies VersioningOptions[]) {
      await onExpress({ ...versioning, defaultVersion: '1' }, (app) => {
        expect(listed(app)).toEqual(expressRoutes(app));
        const found = app
          .get(RouteAudit)
          .handlers()
          .filter(({ module }) => module !== 'OutletModule')
          .map(({ handler, controller, versions }) => [`${controller}.${handler}`, versions]);
        expect(Object.fromEntries(found)).toMatchObject({
          'OrdersController.list': ['1'],
          'OrdersController.renewed': ['2'],
          'OrdersController.both': ['2', 'neutral'],
          'HealthController.read': undefined,
          'RootController.read': ['1', '3'],
        });
      });
    }
  });

  it('name the class that serves an inherited method, and each module that registers a controller', async () => {
    await onExpress(URI, (app) => {
      const found = app.get(RouteAudit).handlers();
      expect(found.find(({ handler }) => handler === 'inherited')).toMatchObject({
        transport: 'http',
        module: 'ShopModule',
        controller: 'ChildController',
        names: ['/v1/shop/child/inherited'],
      });
      expect(found.filter(({ handler }) => handler === 'create').map((one) => one.module)).toEqual([
        'ShopModule',
        'OutletModule',
      ]);
    });
  });

  it('need no entry for a module that is loaded lazily, because Nest serves none of its routes', async () => {
    @Controller('lazy')
    class LazyController {
      @Get() read(): string {
        return 'lazy';
      }
    }
    @Module({ controllers: [LazyController] })
    class LazyModule {}

    await onExpress({ type: VersioningType.URI }, async (app) => {
      await app.get(LazyModuleLoader).load(() => LazyModule);
      for (const path of ['/lazy', '/api/lazy']) {
        expect((await request(app.getHttpServer()).get(path)).status).toBe(404);
      }
    });
  });

  it('say for which hosts a controller answers', async () => {
    @Public()
    @Controller({ host: ['admin.example.test', ':tenant.example.test'] })
    class HostedController {
      @Get() read(): void {}
    }
    const app = await NestFactory.create(discoveryModule({ controllers: [HostedController] }), {
      logger: false,
    });
    await app.init();
    expect(app.get(RouteAudit).handlers()).toMatchObject([
      { names: ['/'], hosts: ['admin.example.test', ':tenant.example.test'] },
    ]);
    await app.close();
  });
});
