import type { DeclaredHandler, HandlerClass } from './declared-handler';

/*
 * Nest's optional packages are recognised by the keys of their metadata, so that an application
 * without them needs none of them. The tests compare with the real decorators.
 */
const GRAPHQL_TYPE = 'graphql:resolver_type';
const GRAPHQL_NAME = 'graphql:resolver_name';
const GRAPHQL_FIELD = 'graphql:resolve_property';
const GRAPHQL_REFERENCE = 'graphql:resolve_reference';
const GATEWAY = 'websockets:is_gateway';
const GATEWAY_OPTIONS = 'websockets:gateway_options';
const GATEWAY_MESSAGE = 'websockets:message_mapping';
const GATEWAY_EVENT = 'message';
const RPC_KIND = 'microservices:handler_type';
const RPC_PATTERN = 'microservices:pattern';
const RPC_EVENT = 2;

const ROOT_OPERATIONS: ReadonlyMap<unknown, 'query' | 'mutation' | 'subscription'> = new Map([
  ['Query', 'query'],
  ['Mutation', 'mutation'],
  ['Subscription', 'subscription'],
]);

type Named = Pick<DeclaredHandler, 'transport' | 'operation' | 'names'>;

/** What stands in the place of a field's name where federation enters. */
export const REFERENCE = '__resolveReference';

/** The query, mutation, subscription or field that a method resolves. */
export function graphqlHandlerOf(
  type: HandlerClass,
  method: object,
  handler: string,
): Named | undefined {
  const root = ROOT_OPERATIONS.get(Reflect.getMetadata(GRAPHQL_TYPE, method));
  const given: unknown = Reflect.getMetadata(GRAPHQL_NAME, method);
  const name = typeof given === 'string' ? given : handler;
  if (root !== undefined) return { transport: 'graphql', operation: root, names: [name] };
  // Federation enters at a reference as it enters at a query, yet Nest treats it as a field.
  const isReference = Reflect.getMetadata(GRAPHQL_REFERENCE, method) === true;
  if (!isReference && Reflect.getMetadata(GRAPHQL_FIELD, method) !== true) return undefined;
  const parent = text(Reflect.getMetadata(GRAPHQL_TYPE, type) ?? type.name);
  return {
    transport: 'graphql',
    operation: 'field',
    names: [`${parent}.${isReference ? REFERENCE : name}`],
  };
}

/** The event of a gateway that a method answers. */
export function gatewayHandlerOf(type: HandlerClass, method: object): Named | undefined {
  if (Reflect.getMetadata(GATEWAY, type) !== true) return undefined;
  if (Reflect.getMetadata(GATEWAY_MESSAGE, method) !== true) return undefined;
  const options = Reflect.getMetadata(GATEWAY_OPTIONS, type) as { namespace?: unknown } | undefined;
  const namespace = text(options?.namespace ?? '/');
  const event = text(Reflect.getMetadata(GATEWAY_EVENT, method));
  const start = namespace.startsWith('/') ? namespace : `/${namespace}`;
  return { transport: 'ws', operation: 'message', names: [`${start} ${event}`] };
}

/** The patterns of messages or events of a microservice that a method answers. */
export function rpcHandlerOf(_type: HandlerClass, method: object): Named | undefined {
  const kind: unknown = Reflect.getMetadata(RPC_KIND, method);
  if (kind === undefined) return undefined;
  const patterns: unknown = Reflect.getMetadata(RPC_PATTERN, method);
  return {
    transport: 'rpc',
    operation: kind === RPC_EVENT ? 'event' : 'message',
    names: (Array.isArray(patterns) ? patterns : [patterns]).map(text),
  };
}

/** The same text for the same pattern, whatever the order of its members. */
function text(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof RegExp || typeof value !== 'object' || value === null) return String(value);
  return JSON.stringify(sorted(value));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([one], [two]) => (one < two ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, sorted(member)]));
}
