import type { AddressInfo, Server } from 'node:net';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import {
  Controller,
  Get,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type INestApplication,
  type NestInterceptor,
  type WebSocketAdapter,
} from '@nestjs/common';
import { GraphQLModule, Query, Resolver } from '@nestjs/graphql';
import { ClientProxyFactory, MessagePattern, Transport } from '@nestjs/microservices';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { firstValueFrom, map } from 'rxjs';
import request from 'supertest';
import { guardWebSockets } from '../../src/gateways/guard-web-sockets';
import {
  decorateHandler,
  type ConformanceAnswer,
  type ConformanceHost,
  type ConformanceSubject,
} from '../../src/testing/testing';
import { openNative, openSocketIo } from '../gateways/test-sockets';
import type { TestDatabase } from '../support/database';
import { startPlantedApp, type PlantedSettings } from './planted-app';

/** Where the hosts keep their accounts, and what is broken in them. */
export interface HostSettings {
  readonly database: () => TestDatabase;
  readonly override?: PlantedSettings['override'];
}

const typesOf = (subjects: readonly ConformanceSubject[]) => subjects.map(({ type }) => type);

function answerOf(code: unknown): ConformanceAnswer {
  if (code === undefined) return 'allowed';
  if (code === 'unauthenticated' || code === 'forbidden') return code;
  throw new Error(`an answer that the suite does not expect: ${JSON.stringify(code)}`);
}

export function httpHost(
  adapter: 'express' | 'fastify',
  { database, override }: HostSettings,
): ConformanceHost {
  return {
    name: `HTTP on ${adapter}`,
    async start(subjects, access) {
      for (const subject of subjects) {
        Controller()(subject.type);
        decorateHandler(subject, Get(subject.handler));
      }
      const controllers = typesOf(subjects);
      const app = await startPlantedApp(database(), { access, override, adapter, controllers });
      return {
        app,
        close: () => app.close(),
        async call(handler, principal) {
          const sent = request(app.getHttpServer()).get(`/${handler}`);
          const { status, body } = await (principal?.as(sent) ?? sent);
          return answerOf(status === 200 ? undefined : (body as { code: unknown }).code);
        },
      };
    },
  };
}

export function graphqlHost({ database, override }: HostSettings): ConformanceHost {
  return {
    name: 'GraphQL',
    async start(subjects, access) {
      for (const subject of subjects) {
        Resolver()(subject.type);
        decorateHandler(
          subject,
          Query(() => String, { name: subject.handler }),
        );
      }
      const imports = [
        GraphQLModule.forRoot<ApolloDriverConfig>({
          driver: ApolloDriver,
          autoSchemaFile: true,
          graphiql: false,
        }),
      ];
      const providers = typesOf(subjects);
      const app = await startPlantedApp(database(), { access, override, imports, providers });
      return {
        app,
        close: () => app.close(),
        async call(handler, principal) {
          const sent = request(app.getHttpServer())
            .post('/graphql')
            .send({ query: `{ ${handler} }` });
          const { body } = await (principal?.as(sent) ?? sent);
          const { errors } = body as { errors?: { extensions: { code: string } }[] };
          return answerOf(errors?.[0]?.extensions.code);
        },
      };
    },
  };
}

/** What a gateway answers goes back only as an event. */
class AnswerWithEvent implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler) {
    return next.handle().pipe(map((data: unknown) => ({ event: 'answer', data })));
  }
}

interface SocketLibrary {
  readonly name: string;
  readonly gateway: (handler: string) => ClassDecorator;
  readonly adapter: (app: INestApplication) => WebSocketAdapter;
  readonly open: typeof openNative;
}

export const SOCKET_LIBRARIES: readonly SocketLibrary[] = [
  {
    name: 'ws',
    gateway: (handler) => WebSocketGateway({ path: `/${handler}` }),
    adapter: (app) => new WsAdapter(app),
    open: openNative,
  },
  {
    name: 'socket.io',
    gateway: (handler) => WebSocketGateway({ namespace: handler }),
    adapter: (app) => new IoAdapter(app),
    open: openSocketIo,
  },
];

export function socketHost(
  { name, gateway, adapter, open }: SocketLibrary,
  { database, override }: HostSettings,
): ConformanceHost {
  return {
    name,
    authenticatesConnections: true,
    async start(subjects, access) {
      for (const subject of subjects) {
        gateway(subject.handler)(subject.type);
        decorateHandler(subject, SubscribeMessage('ask'));
        UseInterceptors(AnswerWithEvent)(subject.type);
      }
      const app = await startPlantedApp(database(), {
        access,
        override,
        providers: typesOf(subjects),
        prepare: (nest) => void nest.useWebSocketAdapter(guardWebSockets(nest, adapter(nest))),
      });
      await app.listen(0, '127.0.0.1');
      const url = await app.getUrl();
      return {
        app,
        close: () => app.close(),
        async call(handler, principal) {
          const socket = open(url, { place: `/${handler}`, token: principal?.accessToken });
          const refused = socket.closed.then(([code]) => ({ code }));
          const { code } = await Promise.race([socket.ask('ask'), refused]);
          socket.close();
          return answerOf(code);
        },
      };
    },
  };
}

export function rpcHost({ database, override }: HostSettings): ConformanceHost {
  return {
    name: 'RPC over TCP',
    async start(subjects, access) {
      for (const subject of subjects) {
        Controller()(subject.type);
        decorateHandler(subject, MessagePattern(subject.handler));
      }
      const app = await startPlantedApp(database(), {
        access,
        override,
        controllers: typesOf(subjects),
      });
      const microservice = app.connectMicroservice(
        { transport: Transport.TCP as const, options: { host: '127.0.0.1', port: 0 } },
        { inheritAppConfig: true },
      );
      await app.startAllMicroservices();
      const { port } = microservice.unwrap<Server>().address() as AddressInfo;
      const client = ClientProxyFactory.create({
        transport: Transport.TCP,
        options: { host: '127.0.0.1', port },
      });
      return {
        app,
        async close() {
          await client.close();
          await app.close();
        },
        async call(handler, principal) {
          try {
            await firstValueFrom(client.send<unknown>(handler, { ...principal?.headers }));
            return 'allowed';
          } catch (error) {
            return answerOf((error as { code?: unknown }).code ?? String(error));
          }
        },
      };
    },
  };
}
