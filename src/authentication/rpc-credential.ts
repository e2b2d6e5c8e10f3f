import type { ExecutionContext } from '@nestjs/common';
import { AuthError } from '../errors/auth-error';
import { bearerTokenIn } from '../tokens/bearer-token';

const NAME = 'authorization';

type Members = Readonly<Record<string, unknown>>;

/**
 * The bearer token of a message, or undefined where it carries none.
 *
 * It is the value `Bearer <access token>` of `authorization` in what the transport has of headers:
 * gRPC metadata, NATS headers, the headers of a Kafka or RabbitMQ message, the user properties of
 * MQTT 5, the metadata of a TCP packet. A message without any carries it as the member
 * `authorization` of its data: `client.send('invoices.read', { authorization: 'Bearer …', id })`.
 *
 * @throws AuthError `invalid_token` for any other value, `ambiguous_credentials` for more than one
 */
export function rpcTokenOf(context: ExecutionContext): string | undefined {
  const [data, call] = context.getArgs<unknown[]>();
  const found = [...headerSourcesOf(call).flatMap(valuesIn), ...ownValuesIn(data)];
  if (found.length > 1) throw new AuthError('ambiguous_credentials');
  const [authorization] = found;
  return authorization === undefined ? undefined : bearerTokenIn(authorization);
}

/** Everything about a message that may be headers, told apart by the shape of Nest's contexts. */
function headerSourcesOf(call: unknown): unknown[] {
  // gRPC hands its Metadata over without a context around it.
  if (hasMethod(call, 'get') && hasMethod(call, 'getMap')) return [call];
  const message = ask(call, 'getMessage');
  const packet = ask(call, 'getPacket');
  return [
    ask(call, 'getHeaders'),
    ask(call, 'getMetadata'),
    memberOf(message, 'headers'),
    memberOf(memberOf(message, 'properties'), 'headers'),
    memberOf(memberOf(packet, 'properties'), 'userProperties'),
  ];
}

function valuesIn(source: unknown): string[] {
  if (hasMethod(source, 'values') && hasMethod(source, 'keys')) return valuesOfNats(source);
  if (hasMethod(source, 'get')) return texts(source.get(NAME));
  return ownValuesIn(source);
}

/** NATS keeps the case of names, so each spelling is asked for. */
function valuesOfNats(headers: Methods<'values' | 'keys'>): string[] {
  const names = [...(headers.keys() as Iterable<unknown>)].map(String);
  return names.filter(isAuthorization).flatMap((name) => texts(headers.values(name)));
}

function ownValuesIn(source: unknown): string[] {
  if (typeof source !== 'object' || source === null) return [];
  return Object.entries(source)
    .filter(([name]) => isAuthorization(name))
    .flatMap(([, value]) => texts(value));
}

function isAuthorization(name: string): boolean {
  return name.length === NAME.length && name.toLowerCase() === NAME;
}

/** Kafka and gRPC hand out bytes; a value of any other kind is one that cannot be right. */
function texts(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(texts);
  if (Buffer.isBuffer(value)) return [value.toString('latin1')];
  return [typeof value === 'string' ? value : ''];
}

type Methods<Name extends string> = Readonly<Record<Name, (...given: unknown[]) => unknown>>;

function hasMethod<Name extends string>(value: unknown, name: Name): value is Methods<Name> {
  return typeof memberOf(value, name) === 'function';
}

function ask(value: unknown, name: string): unknown {
  const method = memberOf(value, name);
  return typeof method === 'function' ? (method as () => unknown).call(value) : undefined;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Members)[name] : undefined;
}
