import { Injectable } from '@nestjs/common';
import { ApplicationConfig, MetadataScanner, ModulesContainer } from '@nestjs/core';
import { declarationsOfClass, declarationsOfMethod } from '../route-access/access-declarations';
import { RouteAccessReader } from '../route-access/route-access.reader';
import type { DeclaredHandler, FoundHandler, HandlerClass } from './declared-handler';
import { HttpHandlers } from './http-handlers';
import { gatewayHandlerOf, graphqlHandlerOf, REFERENCE, rpcHandlerOf } from './message-handlers';

type Module = ModulesContainer extends Map<string, infer Value> ? Value : never;
type Provider = ReturnType<Module['providers']['get']>;
type Found = Omit<DeclaredHandler, 'module' | 'controller' | 'handler' | 'access'>;

/** Under this token Nest's GraphQL module provides its options. */
const GRAPHQL_OPTIONS = 'GqlModuleOptions';

/**
 * Finds what an application answers: routes, resolvers, gateways, message patterns. It reads the
 * modules and their metadata alone, so it works on an application that was never started.
 *
 * Nest registers nothing of modules that a `LazyModuleLoader` adds later. Handlers that are put on the
 * HTTP adapter beside Nest (`app.use`, `getHttpAdapter().get`) are not seen, and no guard runs there.
 */
@Injectable()
export class HandlerDiscovery {
  constructor(
    private readonly modules: ModulesContainer,
    private readonly config: ApplicationConfig,
    private readonly scanner: MetadataScanner,
    private readonly reader: RouteAccessReader,
  ) {}

  /** Each handler once for every module that registers it, in the order of registration. */
  find(): readonly FoundHandler[] {
    const http = new HttpHandlers(this.config, this.modules.applicationId);
    const areFieldsGuarded = this.#areFieldsGuarded();
    return [...this.modules.values()].flatMap((module) => [
      ...classesOf(module, 'controllers').flatMap((type) => [
        ...this.#handlersOf(type, module, (method) => {
          const route = http.routeOf(type, method, module.metatype);
          return route && { transport: 'http', ...route };
        }),
        ...this.#handlersOf(type, module, (method) => rpcHandlerOf(type, method)),
      ]),
      ...classesOf(module, 'providers').flatMap((type) => [
        ...this.#handlersOf(type, module, (method) => gatewayHandlerOf(type, method)),
        ...this.#handlersOf(type, module, (method, name) =>
          graphqlHandlerOf(type, method, name),
        ).flatMap((handler) => {
          if (handler.operation !== 'field' || areFieldsGuarded === true) return handler;
          return this.#fieldWithoutGuards(handler, areFieldsGuarded);
        }),
      ]),
    ]);
  }

  /**
   * Tells the reader of every function by which an instance answers instead of its class: a method that
   * the constructor bound or wrapped. Nest serves what the instances have when the hooks have run.
   *
   * @param handlers what {@link find} found
   * @returns a handler for each of them, with the access that the guards will find
   */
  adoptInstances(handlers: readonly FoundHandler[]): readonly FoundHandler[] {
    const instances = instancesIn(this.modules);
    const adopted = handlers.flatMap((handler) =>
      (instances.get(handler.type) ?? []).flatMap((instance) => {
        const answering = (instance as Record<string, unknown>)[handler.handler];
        const declared = (handler.type.prototype as Record<string, unknown>)[handler.handler];
        if (typeof answering !== 'function' || answering === declared) return [];
        this.reader.adopt(handler.type, answering, handler.handler);
        return { handler, answering };
      }),
    );
    return adopted.map(({ handler, answering }) => ({
      ...handler,
      access: this.reader.read(handler.type, answering),
    }));
  }

  /** Every class that answers something, and every controller, once. */
  classes(): ReadonlySet<HandlerClass> {
    const controllers = [...this.modules.values()].flatMap((module) =>
      classesOf(module, 'controllers'),
    );
    return new Set([...controllers, ...this.find().map(({ type }) => type)]);
  }

  #handlersOf(
    type: HandlerClass,
    module: Module,
    read: (method: object, name: string) => Found | undefined,
  ): FoundHandler[] {
    const prototype = type.prototype as Record<string, unknown>;
    return this.scanner.getAllMethodNames(prototype).flatMap((handler) => {
      const method = prototype[handler];
      const found = typeof method === 'function' ? read(method, handler) : undefined;
      if (typeof method !== 'function' || found === undefined) return [];
      const { transport, operation, names, ...only } = found;
      const access = this.reader.read(type, method);
      return {
        transport,
        module: module.metatype.name,
        controller: type.name,
        handler,
        operation,
        names,
        ...only,
        access,
        type,
        isGuarded: true,
      };
    });
  }

  /**
   * Without guards a field is as open as what leads to it; only where it says otherwise it is listed.
   * A reference is always listed, because it is an entrance of its own.
   */
  #fieldWithoutGuards(
    handler: FoundHandler,
    areFieldsGuarded: boolean | undefined,
  ): FoundHandler | [] {
    const { access, names, type } = handler;
    const isEntrance = names.some((name) => name.endsWith(REFERENCE));
    const method = (type.prototype as Record<string, object>)[handler.handler] ?? {};
    const isSilent =
      declarationsOfClass(type).length + declarationsOfMethod(type, method).length === 0;
    if (!isEntrance && (isSilent || access.kind === 'public')) return [];
    return { ...handler, isGuarded: areFieldsGuarded !== false || access.kind === 'public' };
  }

  /** Undefined where no GraphQL module says so, or none has been started yet. */
  #areFieldsGuarded(): boolean | undefined {
    const options = [...this.modules.values()]
      .map((module) => module.providers.get(GRAPHQL_OPTIONS)?.instance)
      .filter((given) => typeof given === 'object' && given !== null);
    if (options.length === 0) return undefined;
    return options.every(({ fieldResolverEnhancers }: { fieldResolverEnhancers?: unknown }) =>
      Array.isArray(fieldResolverEnhancers) ? fieldResolverEnhancers.includes('guards') : false,
    );
  }
}

/** What has been made of each class; what is made for each request is not among it. */
function instancesIn(modules: ModulesContainer): ReadonlyMap<HandlerClass, readonly object[]> {
  const found = new Map<HandlerClass, object[]>();
  for (const module of modules.values()) {
    for (const wrapper of [...module.controllers.values(), ...module.providers.values()]) {
      const type = classOf(wrapper);
      const instance: unknown = wrapper.isDependencyTreeStatic() ? wrapper.instance : undefined;
      if (type === undefined || typeof instance !== 'object' || instance === null) continue;
      found.set(type, [...(found.get(type) ?? []), instance]);
    }
  }
  return found;
}

function classesOf(module: Module, kind: 'controllers' | 'providers'): HandlerClass[] {
  const found = [...module[kind].values()].map(classOf);
  return [...new Set(found)].filter((type) => type !== undefined);
}

/** The class of what a factory made is only known once it has been made. */
function classOf(wrapper: NonNullable<Provider>): HandlerClass | undefined {
  const { instance, metatype, isNotMetatype } = wrapper as {
    readonly instance: unknown;
    readonly metatype: unknown;
    readonly isNotMetatype: boolean;
  };
  if (!isNotMetatype) return asClass(metatype);
  if (typeof instance !== 'object' || instance === null) return undefined;
  const prototype = Object.getPrototypeOf(instance) as { constructor?: unknown } | null;
  return asClass(prototype?.constructor);
}

function asClass(value: unknown): HandlerClass | undefined {
  if (typeof value !== 'function') return undefined;
  const { prototype } = value as { prototype?: unknown };
  return typeof prototype === 'object' && prototype !== null ? value : undefined;
}
