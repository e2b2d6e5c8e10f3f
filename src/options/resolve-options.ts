import type { AuthOptions, ResolvedAuthOptions } from './auth-options';
import { readCookieOptions, readIssuer, readOrigins } from './browser-options';
import { readChangeFeedOptions } from './change-feed-options';
import { readDeliveryOptions } from './delivery-options';
import { readHousekeepingOptions } from './housekeeping-options';
import { OptionReader, type IntegerBound } from './option-reader';
import { readPasswordOptions } from './password-options';
import { readResourceServers } from './resource-server-options';
import { readPeppers, readSecrets } from './secret-options';
import { readRedisOptions } from './redis-options';
import { readSessionOptions } from './session-options';
import { readSigningKeyOptions } from './signing-key-options';
import { readTelemetryOptions } from './telemetry-options';
import { readTenancyOptions } from './tenancy-options';
import { readGuessingOptions, readThrottlingOptions } from './throttling-options';
import { readAccessTokenOptions } from './token-options';

const KNOWN = [
  'issuer',
  'secrets',
  'passwordPeppers',
  'audience',
  'clientId',
  'resourceServers',
  'origins',
  'proxyHops',
  'accessTokens',
  'signingKeys',
  'sessions',
  'cookies',
  'passwords',
  'throttling',
  'guessing',
  'redis',
  'changeFeed',
  'housekeeping',
  'tenancy',
  'delivery',
  'telemetry',
] as const satisfies readonly (keyof AuthOptions)[];

export const PROXY_HOPS: IntegerBound = {
  default: 0,
  min: 0,
  max: 10,
  reason: 'one hop too many lets clients choose their own address (LG-5)',
};

/**
 * Completes, checks and freezes the options, once, at boot.
 *
 * A host may call it earlier, to report the options together with its own configuration.
 *
 * @throws ConfigurationError naming each option, its value (never a secret's), the bound and the reason
 *
 * @publicApi
 */
export function resolveAuthOptions(given: AuthOptions): ResolvedAuthOptions {
  const reader = new OptionReader();
  const options = reader.section('', given, KNOWN);
  const issuer = readIssuer(reader, options.issuer);
  const audience = reader.text('audience', options.audience, {
    fallback: issuer,
    reason: 'resource servers compare it with their own name (RFC 9068 §4)',
  });
  const clientId = reader.text('clientId', options.clientId, {
    fallback: 'web',
    reason: 'it is the client_id claim (RFC 9068 §2.2)',
  });
  const resolved: ResolvedAuthOptions = {
    issuer,
    audience,
    clientId,
    resourceServers: Object.freeze([
      ...readResourceServers(reader, options.resourceServers, { audience, clientId }),
    ]),
    secrets: Object.freeze([...readSecrets(reader, options.secrets)]),
    passwordPeppers: Object.freeze(
      readPeppers(reader, options.passwordPeppers).map((pepper) => Object.freeze({ ...pepper })),
    ),
    origins: Object.freeze([...readOrigins(reader, options.origins, issuer)]),
    proxyHops: reader.integer('proxyHops', options.proxyHops, PROXY_HOPS),
    accessTokens: Object.freeze(readAccessTokenOptions(reader, options.accessTokens)),
    signingKeys: Object.freeze(readSigningKeyOptions(reader, options.signingKeys)),
    sessions: Object.freeze(readSessionOptions(reader, options.sessions)),
    cookies: Object.freeze(readCookieOptions(reader, options.cookies)),
    passwords: Object.freeze(readPasswordOptions(reader, options.passwords)),
    throttling: Object.freeze(readThrottlingOptions(reader, options.throttling)),
    guessing: Object.freeze(readGuessingOptions(reader, options.guessing)),
    redis: readRedisOptions(reader, options.redis),
    changeFeed: Object.freeze(readChangeFeedOptions(reader, options.changeFeed)),
    housekeeping: Object.freeze(readHousekeepingOptions(reader, options.housekeeping)),
    tenancy: Object.freeze(readTenancyOptions(reader, options.tenancy)),
    delivery: Object.freeze(readDeliveryOptions(reader, options.delivery, issuer)),
    telemetry: Object.freeze(readTelemetryOptions(reader, options.telemetry)),
  };
  refusePepperAmongSecrets(reader, resolved);
  refuseSharedClientSecrets(reader, resolved);
  reader.finish();
  return Object.freeze(resolved);
}

function refusePepperAmongSecrets(reader: OptionReader, options: ResolvedAuthOptions): void {
  const shared = options.passwordPeppers.findIndex(({ secret }) =>
    options.secrets.includes(secret),
  );
  if (shared === -1) return;
  reader.refuse({
    option: `passwordPeppers[${shared}].secret`,
    bound: 'different from every entry of `secrets`',
    reason: 'secrets are replaced often, and replacing a pepper makes its hashes unverifiable',
  });
}

/** Whoever runs a resource server must not hold what protects our keys, or share it with another one. */
function refuseSharedClientSecrets(reader: OptionReader, options: ResolvedAuthOptions): void {
  const taken = new Set([
    ...options.secrets,
    ...options.passwordPeppers.map(({ secret }) => secret),
  ]);
  options.resourceServers.forEach(({ secrets }, index) => {
    secrets.forEach((secret, at) => {
      if (taken.has(secret)) {
        reader.refuse({
          option: `resourceServers[${index}].secrets[${at}]`,
          bound: 'a secret that stands nowhere else in the options',
          reason: 'it is handed to the operators of one resource server',
        });
      }
      taken.add(secret);
    });
  });
}
