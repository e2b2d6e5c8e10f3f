import { MetadataScanner, type ModulesContainer } from '@nestjs/core';

/*
 * Nest's optional packages are recognised by the keys of their metadata, so that an application
 * without them needs none of them. The tests use the real decorators.
 */
const GATEWAY = 'websockets:is_gateway';
const GATEWAY_MESSAGE = 'websockets:message_mapping';
const GATEWAY_OPTIONS = 'websockets:gateway_options';
const GATEWAY_PORT = 'port';
const RPC_KIND = 'microservices:handler_type';

/** A class as Nest instantiates it. */
export type MessageClass = abstract new (...args: never[]) => object;

/** Where a gateway is served. Gateways at the same place share their clients. */
export interface GatewayPlace {
  readonly port: number;
  readonly path?: unknown;
  readonly namespace?: unknown;
}

/** The gateways of an application. Nest serves none that a factory made. */
export function gatewaysIn(modules: ModulesContainer): readonly MessageClass[] {
  const found = [...modules.values()].flatMap(({ providers }) =>
    [...providers.values()]
      .filter(({ isNotMetatype }) => !isNotMetatype)
      .map(({ metatype }) => metatype)
      .filter((type) => isClass(type) && Reflect.getMetadata(GATEWAY, type) === true),
  );
  return [...new Set(found as unknown as MessageClass[])];
}

/** The controllers that answer messages of microservices. */
export function messageControllersIn(modules: ModulesContainer): readonly MessageClass[] {
  const found = [...modules.values()].flatMap(({ controllers }) =>
    [...controllers.values()].map(({ metatype }) => metatype).filter(isClass),
  );
  return [...new Set(found)].filter((type) => methodsOf(type, RPC_KIND).length > 0);
}

/** The methods that answer an event of a gateway. */
export function eventHandlersOf(gateway: MessageClass): readonly object[] {
  return methodsOf(gateway, GATEWAY_MESSAGE);
}

export function placeOf(gateway: MessageClass): GatewayPlace {
  const options = Reflect.getMetadata(GATEWAY_OPTIONS, gateway) as
    Partial<GatewayPlace> | undefined;
  const port = Reflect.getMetadata(GATEWAY_PORT, gateway) as number | undefined;
  return { port: port ?? 0, path: options?.path, namespace: options?.namespace };
}

export function isSamePlace(one: GatewayPlace, other: GatewayPlace): boolean {
  return (
    one.port === other.port && one.path === other.path && namespaceOf(one) === namespaceOf(other)
  );
}

/** Nest adds the slash, and the namespace of socket.io without a name is `/`. */
function namespaceOf({ namespace = '/' }: GatewayPlace): unknown {
  if (typeof namespace !== 'string') return namespace;
  return namespace.startsWith('/') ? namespace : `/${namespace}`;
}

function methodsOf({ prototype }: MessageClass, key: string): readonly object[] {
  const members = prototype as Record<string, unknown>;
  return new MetadataScanner()
    .getAllMethodNames(members)
    .map((name) => members[name])
    .filter((method): method is object => typeof method === 'function')
    .filter((method) => Reflect.hasMetadata(key, method));
}

function isClass(value: unknown): value is MessageClass {
  return (
    typeof value === 'function' && typeof (value as { prototype?: unknown }).prototype === 'object'
  );
}
