import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Controller, type INestApplication, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  Field,
  GraphQLModule,
  GraphQLSchemaHost,
  Mutation,
  ObjectType,
  Query,
  ResolveField,
  ResolveReference,
  Resolver,
  Subscription,
} from '@nestjs/graphql';
import {
  EventPattern,
  GrpcMethod,
  MessagePattern,
  Server,
  type CustomTransportStrategy,
} from '@nestjs/microservices';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { RouteAudit } from '../../src/access/route-audit';
import { ConfigurationError } from '../../src/errors/configuration-error';
import {
  Authenticated,
  Public,
  RequirePermissions,
} from '../../src/route-access/access.decorators';
import { discoveryModule, type DiscoverySettings } from './discovery-app';
import { ExportedController } from './exported-controller';

@ObjectType()
class Invoice {
  @Field(() => String) id!: string;
}

@Resolver(() => Invoice)
class InvoiceResolver {
  @Authenticated() @Query(() => [Invoice]) invoices(): Invoice[] {
    return [];
  }
  @Authenticated() @Query(() => Invoice, { name: 'invoice' }) one(): Invoice {
    return { id: '1' };
  }
  @Authenticated() @Mutation(() => Invoice) approve(): Invoice {
    return { id: '1' };
  }
  @Authenticated() @Subscription(() => Invoice) approved(): AsyncIterator<Invoice> {
    throw new Error('nobody subscribes');
  }
  @ResolveField(() => String) silent(): string {
    return '';
  }
}

@Resolver(() => Invoice)
class TotalResolver {
  @RequirePermissions<string>('reports:read')
  @ResolveField(() => String, { name: 'total' })
  sum(): string {
    return '1';
  }
}

@Resolver(() => Invoice)
@RequirePermissions<string>('reports:read')
class GuardedFieldsResolver {
  @ResolveField(() => String) margin(): string {
    return '1';
  }
}

@Resolver(() => Invoice)
class SilentResolver {
  @Query(() => String) open(): string {
    return '';
  }
}

@Resolver(() => Invoice)
class ReferenceResolver {
  @ResolveReference() find(): Invoice {
    return { id: '1' };
  }
}

@WebSocketGateway({ namespace: 'chat' })
class ChatGateway {
  @Authenticated() @SubscribeMessage('say') say(): void {}
  @SubscribeMessage('whisper') whisper(): void {}
  handleConnection(): void {}
}

@Controller()
class PatternsController {
  @Authenticated() @MessagePattern('sum') sum(): void {}
  @Authenticated() @MessagePattern([{ cmd: 'read', area: 1 }, 'read']) read(): void {}
  @Authenticated() @EventPattern('made') made(_data: unknown): void {}
  @Authenticated() @GrpcMethod('Invoices', 'Find') find(): void {}
  @MessagePattern('silent') silent(): void {}
}

/** A server of Nest's own kind, which hears nothing. */
class DeafServer extends Server implements CustomTransportStrategy {
  listen(callback: () => void): void {
    callback();
  }
  close(): void {}
  on(): void {}
  unwrap(): never {
    throw new Error('there is nothing below');
  }
}

function graphql(options: Partial<ApolloDriverConfig> = {}) {
  return GraphQLModule.forRoot<ApolloDriverConfig>({
    driver: ApolloDriver,
    autoSchemaFile: true,
    subscriptions: {},
    ...options,
  });
}

const guardedFields = { fieldResolverEnhancers: ['guards' as const] };

async function boot<Result>(
  settings: DiscoverySettings,
  work: (app: INestApplication) => Result | Promise<Result>,
): Promise<Result> {
  const app = await NestFactory.create(discoveryModule(settings), {
    logger: false,
    abortOnError: false,
  });
  try {
    await app.init();
    return await work(app);
  } finally {
    await app.close();
  }
}

async function refusalOf(settings: DiscoverySettings): Promise<readonly string[]> {
  const error: unknown = await boot(settings, () => undefined).catch((reason: unknown) => reason);
  if (!(error instanceof ConfigurationError)) throw new Error('it booted', { cause: error });
  return error.message.split('\n').slice(1);
}

const listOf = (app: INestApplication): string[] =>
  app
    .get(RouteAudit)
    .handlers()
    .flatMap(({ transport, operation, names }) =>
      names.map((name) => `${transport} ${operation} ${name}`),
    );

describe('GraphQL', () => {
  it('AZ-1: lists exactly the operations of the schema', async () => {
    await boot({ imports: [graphql()], providers: [InvoiceResolver] }, (app) => {
      const { schema } = app.get(GraphQLSchemaHost);
      const served = [
        ['query', schema.getQueryType()],
        ['mutation', schema.getMutationType()],
        ['subscription', schema.getSubscriptionType()],
      ] as const;
      const operations = served.flatMap(([operation, type]) =>
        Object.keys(type?.getFields() ?? {}).map((name) => `graphql ${operation} ${name}`),
      );
      expect(operations).toHaveLength(4);
      expect(listOf(app).sort()).toEqual(operations.sort());
    });
  });

  it('AZ-1: refuses an operation that declares nothing, of a resolver that a factory made too', async () => {
    const made = { provide: 'made', useFactory: () => new SilentResolver() };
    for (const provider of [SilentResolver, made]) {
      expect(
        await refusalOf({ imports: [graphql()], providers: [InvoiceResolver, provider] }),
      ).toEqual([expect.stringContaining('HostModule: SilentResolver.open() must be given')]);
    }
  });

  it.each<[string, Type]>([
    ['on the method', TotalResolver],
    ['on its class', GuardedFieldsResolver],
  ])('AZ-1: refuses a field whose access, declared %s, no guard would ask for', async (_, type) => {
    expect(await refusalOf({ imports: [graphql()], providers: [InvoiceResolver, type] })).toEqual([
      expect.stringMatching(
        /(TotalResolver\.sum|GuardedFieldsResolver\.margin)\(\) must be guarded: set fieldResolverEnhancers/,
      ),
    ]);
  });

  it('leaves a field alone that declares nothing and is not guarded, in either mode', async () => {
    for (const unannotated of ['refuse', 'authenticated'] as const) {
      await boot(
        { imports: [graphql()], providers: [InvoiceResolver], structure: { unannotated } },
        (app) => expect(listOf(app).filter((name) => name.includes('field'))).toEqual([]),
      );
    }
  });

  it('AZ-1: refuses a field without declared access where guards run on fields: it could not be read', async () => {
    const settings = { imports: [graphql(guardedFields)] };
    expect(await refusalOf({ ...settings, providers: [InvoiceResolver, TotalResolver] })).toEqual([
      expect.stringContaining('InvoiceResolver.silent() must be given'),
    ]);
  });

  it('lists fields by type and name where guards run on them', async () => {
    @Resolver(() => Invoice)
    class QueryResolver {
      @Public() @Query(() => Invoice) invoice(): Invoice {
        return { id: '1' };
      }
    }
    const providers = [QueryResolver, TotalResolver, GuardedFieldsResolver];
    await boot({ imports: [graphql(guardedFields)], providers }, (app) =>
      expect(listOf(app)).toEqual([
        'graphql query invoice',
        'graphql field Invoice.total',
        'graphql field Invoice.margin',
      ]),
    );
  });

  it('AZ-1: refuses an undeclared reference, because federation enters there', async () => {
    expect(
      await refusalOf({ imports: [graphql()], providers: [InvoiceResolver, ReferenceResolver] }),
    ).toEqual([expect.stringContaining('ReferenceResolver.find() must be given')]);
  });
});

describe('WebSockets', () => {
  it('AZ-1: refuses an event of a gateway that declares nothing, and names its namespace', async () => {
    expect(await refusalOf({ providers: [ChatGateway] })).toEqual([
      expect.stringContaining('HostModule: ChatGateway.whisper() must be given'),
    ]);
    await boot({ providers: [ChatGateway], structure: { unannotated: 'authenticated' } }, (app) =>
      expect(listOf(app)).toEqual(['ws message /chat say', 'ws message /chat whisper']),
    );
  });
});

describe('microservices', () => {
  it('AZ-1: refuses a pattern that declares nothing', async () => {
    expect(await refusalOf({ controllers: [PatternsController] })).toEqual([
      expect.stringContaining('HostModule: PatternsController.silent() must be given'),
    ]);
  });

  it('AZ-1: lists exactly the patterns that a server of Nest answers', async () => {
    const settings: DiscoverySettings = {
      controllers: [PatternsController],
      structure: { unannotated: 'authenticated' },
    };
    const app = await NestFactory.create(discoveryModule(settings), { logger: false });
    const strategy = new DeafServer();
    app.connectMicroservice({ strategy });
    await app.startAllMicroservices();
    const served = [...strategy.getHandlers()].map(([pattern, { isEventHandler }]) => {
      const value = pattern.startsWith('{') ? (JSON.parse(pattern) as unknown) : pattern;
      return [isEventHandler === true ? 'event' : 'message', value];
    });
    const listed = app
      .get(RouteAudit)
      .handlers()
      .flatMap(({ operation, names }) =>
        names.map((name) => [
          operation,
          name.startsWith('{') ? (JSON.parse(name) as unknown) : name,
        ]),
      );
    await app.close();

    expect(served).toHaveLength(6);
    expect(listed).toEqual(served);
    expect(listed).toContainEqual(['message', { area: 1, cmd: 'read' }]);
  });
});

describe('a refusal', () => {
  it('names the file of the class where its module exports it', async () => {
    expect(await refusalOf({ controllers: [ExportedController] })).toEqual([
      expect.stringContaining(
        'HostModule: ExportedController.read() in test/access/exported-controller.ts must be given',
      ),
    ]);
  });

  it('lists a class once that two modules register', async () => {
    const twice = { imports: [discoveryModule({ controllers: [ExportedController] })] };
    expect(await refusalOf({ ...twice, controllers: [ExportedController] })).toHaveLength(1);
  });

  it('takes an entry of the options for a resolver or gateway of somebody else', async () => {
    const thirdParty = [
      { controller: 'ChatGateway', access: 'authenticated', reason: 'from a package' },
    ] as const;
    @WebSocketGateway()
    class Other {
      @SubscribeMessage('say') say(): void {}
    }
    const named = { ChatGateway: class extends Other {} }.ChatGateway;
    WebSocketGateway()(named);
    await boot({ providers: [named], structure: { thirdParty } }, (app) =>
      expect(app.get(RouteAudit).handlers()).toMatchObject([
        { controller: 'ChatGateway', access: { kind: 'authenticated', reason: 'from a package' } },
      ]),
    );
  });
});
