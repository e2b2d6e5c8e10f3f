import type { ExecutionContext } from '@nestjs/common';
import { KafkaContext, MqttContext, NatsContext, RmqContext } from '@nestjs/microservices';
import { rpcTokenOf } from '../../src/authentication/rpc-credential';

const AUTHORIZATION = 'Bearer abc.def.ghi';

function tokenOf(call: unknown, data: unknown = {}): string | undefined {
  return rpcTokenOf({ getArgs: () => [data, call] } as unknown as ExecutionContext);
}

/** The headers of NATS keep the case of names and several values of each. */
class NatsHeaders {
  readonly #values = new Map<string, string[]>();

  constructor(entries: Readonly<Record<string, string[]>>) {
    for (const [name, values] of Object.entries(entries)) this.#values.set(name, values);
  }

  get(name: string): string {
    return this.#values.get(name)?.[0] ?? '';
  }

  keys(): string[] {
    return [...this.#values.keys()];
  }

  values(name: string): string[] {
    return this.#values.get(name) ?? [];
  }
}

/** As `Metadata` of gRPC, which lower-cases names and answers with lists. */
function grpcMetadata(...values: (string | Buffer)[]): object {
  return { get: (name: string) => (name === 'authorization' ? values : []), getMap: () => ({}) };
}

const kafka = (headers: object) =>
  new KafkaContext([{ headers }] as unknown as ConstructorParameters<typeof KafkaContext>[0]);
const rabbit = (headers: object) => new RmqContext([{ properties: { headers } }, {}, 'pattern']);
const mqtt = (userProperties: object) =>
  new MqttContext(['topic', { properties: { userProperties } }]);
const nats = (headers: unknown) => new NatsContext(['subject', headers]);

const CARRIERS: readonly (readonly [string, unknown])[] = [
  ['gRPC metadata', grpcMetadata(AUTHORIZATION)],
  ['NATS headers', nats(new NatsHeaders({ Authorization: [AUTHORIZATION] }))],
  ['headers of Kafka, which are bytes', kafka({ authorization: Buffer.from(AUTHORIZATION) })],
  ['headers of RabbitMQ', rabbit({ authorization: AUTHORIZATION })],
  ['user properties of MQTT 5', mqtt({ authorization: AUTHORIZATION })],
];

describe('the token of a message', () => {
  it.each(CARRIERS)('is read from %s', (_, call) => {
    expect(tokenOf(call)).toBe('abc.def.ghi');
  });

  it.each(CARRIERS)('is not read when there are %s and a member of the data', (_, call) => {
    expect(() => tokenOf(call, { authorization: AUTHORIZATION })).toThrow(
      expect.objectContaining({ code: 'ambiguous_credentials' }) as Error,
    );
  });

  it('is absent where headers carry none', () => {
    for (const call of [grpcMetadata(), nats(undefined), kafka({}), rabbit({}), mqtt({}), {}, 7]) {
      expect(tokenOf(call)).toBeUndefined();
    }
  });

  it('is ambiguous where a header stands twice', () => {
    const twice = [AUTHORIZATION, AUTHORIZATION];
    const calls = [
      grpcMetadata(...twice),
      nats(new NatsHeaders({ authorization: twice })),
      nats(new NatsHeaders({ authorization: [AUTHORIZATION], Authorization: [AUTHORIZATION] })),
      kafka({ authorization: twice }),
      rabbit({ authorization: AUTHORIZATION, AUTHORIZATION }),
    ];
    for (const call of calls) {
      expect(() => tokenOf(call)).toThrow(
        expect.objectContaining({ code: 'ambiguous_credentials' }) as Error,
      );
    }
  });

  it('is not what a prototype offers', () => {
    expect(tokenOf({}, Object.create({ authorization: AUTHORIZATION }))).toBeUndefined();
  });
});
