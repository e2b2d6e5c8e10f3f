import { print, type OptionReader } from './option-reader';
import { weaknessOf } from './secret-options';

/** A foreign resource server that may ask about the access tokens it receives (RFC 7662). @publicApi */
export interface ResourceServer {
  /** Names it at `/auth/introspect` and `/auth/revoke`. Printable ASCII without spaces. */
  readonly clientId: string;
  /**
   * Its secrets, the current one first; while it changes over to another, the previous one stands
   * behind. Letters, digits, `-` and `_` read the same in every encoding of HTTP Basic.
   */
  readonly secrets: readonly string[];
  /** The `aud` it is known by: of tokens for anybody else it learns nothing. When left out: `audience`. */
  readonly audience?: string;
  /**
   * Whether its answers list what the account may do in the tenant of the token. @default false
   */
  readonly permissions?: boolean;
}

export type ResolvedResourceServer = Readonly<Required<ResourceServer>>;

/** What of the other options a resource server is judged by. */
interface Beside {
  readonly audience: string;
  readonly clientId: string;
}

/** RFC 6749 Appendix A.1, without the space that people would not see. */
const CLIENT_ID = /^[\x21-\x7e]{1,255}$/;

const OPTION = 'resourceServers';

/** Reads the foreign resource servers; none unless given. */
export function readResourceServers(
  reader: OptionReader,
  value: unknown,
  beside: Beside,
): readonly ResolvedResourceServer[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    reader.refuse({
      option: OPTION,
      bound: 'a list of { clientId, secrets }',
      reason: 'each is judged by itself',
    });
    return [];
  }
  const servers = value.map((given: Partial<ResourceServer>, index) =>
    readResourceServer(reader, `${OPTION}[${index}]`, given, beside),
  );
  if (new Set(servers.map(({ clientId }) => clientId)).size < servers.length) {
    reader.refuse({
      option: OPTION,
      bound: 'a list in which each clientId stands once',
      reason: 'the secrets of one client belong together',
    });
  }
  return servers;
}

function readResourceServer(
  reader: OptionReader,
  option: string,
  given: Partial<ResourceServer>,
  { audience, clientId: ownClientId }: Beside,
): ResolvedResourceServer {
  const known = ['clientId', 'secrets', 'audience', 'permissions'] as const;
  const section = reader.section<ResourceServer>(option, given as ResourceServer, known);
  const { clientId = '', secrets } = section;
  if (typeof clientId !== 'string' || !CLIENT_ID.test(clientId) || clientId === ownClientId) {
    reader.refuse({
      option: `${option}.clientId`,
      value: print(section.clientId),
      bound: 'a text of 1 to 255 printable ASCII characters, other than the option `clientId`',
      reason: 'it names one client (RFC 6749 §2.2), and those that hold our tokens have no secret',
    });
  }
  return Object.freeze({
    clientId,
    secrets: Object.freeze([...readClientSecrets(reader, `${option}.secrets`, secrets)]),
    audience: reader.text(`${option}.audience`, section.audience, {
      fallback: audience,
      reason: 'it is compared with `aud` (RFC 9068 §4)',
    }),
    permissions: reader.boolean(`${option}.permissions`, section.permissions, false),
  });
}

function readClientSecrets(
  reader: OptionReader,
  option: string,
  value: unknown,
): readonly string[] {
  if (!Array.isArray(value) || value.length === 0) {
    reader.refuse({
      option,
      bound: 'a list of secrets, the current one first',
      reason: 'a resource server proves with one who it is (RFC 7662 §2.1)',
    });
    return [];
  }
  value.forEach((secret, index) => {
    const weakness = weaknessOf(secret);
    if (weakness !== undefined) reader.refuse({ option: `${option}[${index}]`, ...weakness });
  });
  return value as string[];
}
