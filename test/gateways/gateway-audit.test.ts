import type { INestApplication } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { IoAdapter } from '@nestjs/platform-socket.io';
import type { Server, ServerOptions } from 'socket.io';
import { io } from 'socket.io-client';
import { guardWebSockets } from '../../src/gateways/guard-web-sockets';
import { startAuthApp, type AuthApp } from '../support/auth-app';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { BodyClient } from '../support/session-client';
import { openNative } from './test-sockets';
import { NativeOpen, NativeThings, SocketIoThings } from './things-gateways';

let database: TestDatabase;
let made: INestApplication | undefined;

beforeAll(async () => {
  database = await cloneDatabase();
});

afterEach(() => made?.close());

afterAll(() => database.drop());

function start(install: (nest: INestApplication) => void): Promise<AuthApp> {
  const prepare = (nest: INestApplication) => {
    made = nest;
    install(nest);
  };
  return startAuthApp({ database, providers: [NativeThings, NativeOpen], prepare });
}

describe('an application with gateways', () => {
  it('AZ-1: does not start where nothing guards the adapter, and says what to write', async () => {
    await expect(
      start((nest) => void nest.useWebSocketAdapter(new WsAdapter(nest))),
    ).rejects.toThrow(
      /NativeThings must be .*guardWebSockets\(app, new WsAdapter\(app\)\)[^]*NativeOpen must be/,
    );
  });

  it('AZ-1: does not start where the guarded adapter is not the one in use', async () => {
    const install = (nest: INestApplication) => {
      guardWebSockets(nest, new WsAdapter(nest));
      nest.useWebSocketAdapter(new WsAdapter(nest));
    };

    await expect(start(install)).rejects.toThrow(/NativeThings must be/);
  });

  it('an adapter with private fields of its own works as before', async () => {
    class CountingAdapter extends WsAdapter {
      #served = 0;
      override create(port: number, options: Record<string, unknown>) {
        this.#served += 1;
        return super.create(port, options) as unknown;
      }
      get served(): number {
        return this.#served;
      }
    }
    let served = (): number => 0;
    const app = await start((nest) => {
      const guarded = guardWebSockets(nest, new CountingAdapter(nest));
      nest.useWebSocketAdapter(guarded);
      served = () => guarded.served;
    });

    expect((await openNative(app.url, { place: '/things' }).closed)[1]).toBe(4401);
    expect(served()).toBe(2);
  });

  it('AZ-12: refuses a client of socket.io that is recovered past the middleware', async () => {
    class RecoveringAdapter extends IoAdapter {
      override createIOServer(port: number, options?: ServerOptions): Server {
        const recovering = { ...options, connectionStateRecovery: {} } as unknown as ServerOptions;
        return super.createIOServer(port, recovering);
      }
    }
    const app = await startAuthApp({
      database,
      providers: [SocketIoThings],
      prepare: (nest) => {
        made = nest;
        nest.useWebSocketAdapter(guardWebSockets(nest, new RecoveringAdapter(nest)));
      },
    });
    await app.createAccount('reader@example.org', 'reader');
    const client = new BodyClient(app);
    await client.login('reader@example.org');
    const socket = io(`${app.url}/things`, {
      transports: ['websocket'],
      reconnectionDelay: 1,
      auth: { token: client.accessToken },
    });
    const answer = new Promise((resolve) => socket.once('answer', resolve));
    socket.emit('read', {});
    await answer;

    const code = new Promise((resolve) => {
      socket.once('exception', (problem: { code: string }) => resolve(problem.code));
    });
    const isRecovered = new Promise((resolve) => {
      socket.once('connect', () => resolve(socket.recovered));
    });
    socket.io.engine.close();

    expect(await isRecovered).toBe(true);
    expect(await code).toBe('unauthenticated');
    socket.disconnect();
  });
});
