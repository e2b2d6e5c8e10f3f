import type { CookieOptions } from './browser-options';
import type { ChangeFeedOptions, ResolvedChangeFeedOptions } from './change-feed-options';
import type { DeliveryOptions, ResolvedDeliveryOptions } from './delivery-options';
import type { HousekeepingOptions } from './housekeeping-options';
import type { PasswordOptions } from './password-options';
import type { ResolvedResourceServer, ResourceServer } from './resource-server-options';
import type { PasswordPepper } from './secret-options';
import type { RedisOptions, ResolvedRedisOptions } from './redis-options';
import type { SessionOptions } from './session-options';
import type { SigningKeyOptions } from './signing-key-options';
import type { ResolvedTelemetryOptions, TelemetryOptions } from './telemetry-options';
import type { ResolvedTenancyOptions, TenancyOptions } from './tenancy-options';
import type {
  GuessingOptions,
  ResolvedThrottlingOptions,
  ThrottlingOptions,
} from './throttling-options';
import type { AccessTokenOptions } from './token-options';

/** What a team configures. Everything but the first three has a default. @publicApi */
export interface AuthOptions {
  /** Public URL of this API; it becomes `iss` of every access token. Example: `https://api.example.org`. */
  readonly issuer: string;
  /**
   * Secrets of this deployment, the current one first. Refresh tokens, session ids, stored signing keys and
   * device cookies are protected under keys derived from them (HKDF, RFC 5869). Older ones still
   * open what they sealed, which is how a secret is replaced without signing anybody out.
   */
  readonly secrets: readonly string[];
  /** Peppers of the stored password hashes, the current one first. Independent of `secrets`. */
  readonly passwordPeppers: readonly PasswordPepper[];
  /** `aud` of the access tokens. When left out it equals `issuer`. */
  readonly audience?: string;
  /**
   * `client_id` of the access tokens (RFC 9068 §2.2). Refresh tokens belong to it too: another one
   * signs everybody out. @default 'web'
   */
  readonly clientId?: string;
  /** Foreign resource servers that ask whether a token still counts. */
  readonly resourceServers?: readonly ResourceServer[];
  /**
   * Exact origins whose pages may use the cookies of this API. When left out: the origin of `issuer`.
   */
  readonly origins?: readonly string[];
  /**
   * How many reverse proxies stand in front of this server. That many entries are counted from the
   * right of `X-Forwarded-For`; with 0 the header is ignored, whoever sends it.
   */
  readonly proxyHops?: number;
  /** Access tokens. */
  readonly accessTokens?: AccessTokenOptions;
  /** The keys that sign access tokens. */
  readonly signingKeys?: SigningKeyOptions;
  /** Sessions and refresh tokens. */
  readonly sessions?: SessionOptions;
  /** Cookies of the transports `cookie` and `session`. */
  readonly cookies?: CookieOptions;
  /** Passwords and their hashing. */
  readonly passwords?: PasswordOptions;
  /** Requests per source. */
  readonly throttling?: ThrottlingOptions;
  /** Guesses of passwords. */
  readonly guessing?: GuessingOptions;
  /** A Redis in which the instances count requests together. When left out each counts alone. */
  readonly redis?: RedisOptions;
  /** How changes reach every instance. */
  readonly changeFeed?: ChangeFeedOptions;
  /** What is removed once nobody needs it. */
  readonly housekeeping?: HousekeepingOptions;
  /** In which tenant a request acts. */
  readonly tenancy?: TenancyOptions;
  /** Mail about what happened to an account. When left out nobody is told. */
  readonly delivery?: DeliveryOptions;
  /** What operators get to see. */
  readonly telemetry?: TelemetryOptions;
}

/** Token under which the complete, frozen options are injected. It shares its name with the type. */
export const ResolvedAuthOptions = Symbol('ResolvedAuthOptions');

/** {@link AuthOptions} with every default filled in; what the code reads. */
export interface ResolvedAuthOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly clientId: string;
  readonly resourceServers: readonly ResolvedResourceServer[];
  readonly secrets: readonly string[];
  readonly passwordPeppers: readonly PasswordPepper[];
  readonly origins: readonly string[];
  readonly proxyHops: number;
  readonly accessTokens: Readonly<Required<AccessTokenOptions>>;
  readonly signingKeys: Readonly<Required<SigningKeyOptions>>;
  readonly sessions: Readonly<Required<SessionOptions>>;
  readonly cookies: Readonly<Required<CookieOptions>>;
  readonly passwords: Readonly<Required<PasswordOptions>>;
  readonly throttling: ResolvedThrottlingOptions;
  readonly guessing: Readonly<Required<GuessingOptions>>;
  readonly redis?: ResolvedRedisOptions;
  readonly changeFeed: Readonly<ResolvedChangeFeedOptions>;
  readonly housekeeping: Readonly<Required<HousekeepingOptions>>;
  readonly tenancy: Readonly<ResolvedTenancyOptions>;
  readonly delivery?: Readonly<ResolvedDeliveryOptions>;
  readonly telemetry: Readonly<ResolvedTelemetryOptions>;
}
