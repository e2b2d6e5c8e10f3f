import { Injectable, Logger, type WebSocketAdapter } from '@nestjs/common';
import { AuthError, isAuthError } from '../errors/auth-error';
import { toMessageProblem } from '../errors/message-answer';
import { closeSocket, isSocketIo, type NativeClient, type SocketIoClient } from './client-socket';
import { Handshakes, type Identified } from './handshakes.service';
import type { GatewayPlace } from './message-classes';

type Listener = (client: object, ...rest: unknown[]) => void;

/** A server or a namespace of socket.io. */
interface SocketIoServer {
  use(middleware: (client: SocketIoClient, next: (refusal?: Error) => void) => void): unknown;
  on(event: 'connection', listener: (client: SocketIoClient) => void): unknown;
}

/**
 * Stands between the adapter of a host and its gateways: no gateway learns of a client that has not
 * proved who it is.
 */
@Injectable()
export class GuardedWebSockets {
  readonly #logger = new Logger('Portcullis');
  readonly #guarded = new WeakSet<object>();
  readonly #places = new WeakMap<object, GatewayPlace>();
  /** Clients of socket.io between middleware and connection. */
  readonly #identified = new WeakMap<object, Identified>();
  readonly #admissions = new WeakMap<object, boolean | Promise<boolean>>();

  constructor(private readonly handshakes: Handshakes) {}

  /** The same adapter, but for what it tells of clients. */
  guard<Adapter extends WebSocketAdapter>(adapter: Adapter): Adapter {
    const create = (port: number, options?: Partial<GatewayPlace>): unknown => {
      const server = adapter.create(port, options) as object;
      this.#watch(server, { port, path: options?.path, namespace: options?.namespace });
      return server;
    };
    const bindClientConnect = (server: object, callback: Listener): unknown =>
      adapter.bindClientConnect(server, (client: object, ...rest: unknown[]) =>
        this.#whenAdmitted(server, client, rest[0], () => callback(client, ...rest)),
      );
    const replaced: Readonly<Record<string | symbol, unknown>> = { create, bindClientConnect };
    const guarded = new Proxy(adapter, {
      get: (target, key) => {
        if (Object.hasOwn(replaced, key)) return replaced[key];
        const value: unknown = Reflect.get(target, key, target);
        // An adapter with private fields knows nothing of the proxy around it.
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
      set: (target, key, value) => Reflect.set(target, key, value, target),
    });
    this.#guarded.add(guarded);
    return guarded;
  }

  isGuarded(adapter: object): boolean {
    return this.#guarded.has(adapter);
  }

  /** The namespaces of socket.io are watched from their making, also those that no gateway uses. */
  #watch(server: object, place: GatewayPlace): void {
    if (this.#places.has(server)) return;
    this.#places.set(server, place);
    if (!isSocketIoServer(server)) return;
    server.use((client, next) => {
      this.#identify(client, place).then(
        () => next(),
        (error: unknown) => next(refusalOf(error)),
      );
    });
    server.on('connection', (client) => this.#connect(client));
  }

  async #identify(client: SocketIoClient, place: GatewayPlace): Promise<void> {
    try {
      this.#identified.set(client, await this.handshakes.identify(client, undefined, place));
    } catch (error) {
      throw this.#errorOf(error);
    }
  }

  /** A client that came past the middleware, as a recovered one does, was not identified. */
  #connect(client: SocketIoClient): void {
    const identified = this.#identified.get(client);
    try {
      if (identified === undefined) throw new AuthError('unauthenticated');
      this.handshakes.connect(client, identified);
      this.#admissions.set(client, true);
    } catch (error) {
      this.#refuse(client, error);
    }
  }

  #whenAdmitted(server: object, client: object, request: unknown, connected: () => void): void {
    const admission =
      this.#admissions.get(client) ??
      (isSocketIo(client) ? this.#refuse(client, undefined) : this.#admit(server, client, request));
    if (admission === true) connected();
    else if (admission instanceof Promise) void admission.then((good) => good && connected());
  }

  #admit(server: object, client: object, request: unknown): boolean | Promise<boolean> {
    const admission = this.#decide(server, client, request);
    this.#admissions.set(client, admission);
    return admission;
  }

  #decide(server: object, client: object, request: unknown): boolean | Promise<boolean> {
    try {
      const place = this.#places.get(server);
      if (place === undefined) throw new AuthError('forbidden');
      const identified = this.handshakes.identify(client, request, place);
      if (!(identified instanceof Promise)) {
        this.handshakes.connect(client, identified);
        return true;
      }
      return this.#decideLater(server, client as NativeClient, identified);
    } catch (error) {
      return this.#refuse(client, error);
    }
  }

  /** Meanwhile nothing the client sends is read, and nothing that is sent to everybody reaches it. */
  async #decideLater(
    server: { readonly clients?: Set<unknown> },
    client: NativeClient,
    identified: Promise<Identified>,
  ): Promise<boolean> {
    client.pause?.();
    const isListed = server.clients?.delete(client) === true;
    try {
      this.handshakes.connect(client, await identified);
      if (isListed) server.clients.add(client);
      return true;
    } catch (error) {
      return this.#refuse(client, error);
    } finally {
      // The gateways bind their handlers in the turn of the promise, before the socket reads on.
      setImmediate(() => client.resume?.());
    }
  }

  #refuse(client: object, error: unknown): false {
    closeSocket(client, this.#errorOf(error ?? new AuthError('unauthenticated')));
    return false;
  }

  #errorOf(error: unknown): AuthError {
    if (isAuthError(error)) return error;
    this.#logger.error(error);
    return new AuthError('authority_stale', { cause: error, retryAfterSeconds: 1 });
  }
}

function isSocketIoServer(server: object): server is SocketIoServer {
  return 'use' in server && typeof server.use === 'function';
}

/** socket.io hands message and `data` to the client, as the event `connect_error`. */
function refusalOf(error: unknown): Error {
  const problem = toMessageProblem(error as AuthError);
  return Object.assign(new Error(problem.code), { data: problem });
}
