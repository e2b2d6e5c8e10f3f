import type { HandlerOperation } from '../access/declared-handler';
import type { Transport } from '../requests/execution';

/** What a request has to fulfil, all of it. Lists are sorted and hold nothing twice. @publicApi */
export interface AccessNeeds {
  /** Of each list one role, inherited ones included. */
  readonly roles?: readonly (readonly string[])[];
  /** All of them. */
  readonly permissions?: readonly string[];
  /** Of each list one permission. */
  readonly anyPermission?: readonly (readonly string[])[];
  /** Seconds since a person authenticated, at most, and with which methods (RFC 8176), all of them. */
  readonly stepUp?: { readonly maxAgeSeconds?: number; readonly amr?: readonly string[] };
  /** Names of the classes that are asked. What they answer is not part of the map. */
  readonly policies?: readonly string[];
  /** Names of the classes that say who created the resource. */
  readonly fourEyes?: readonly string[];
}

/** One way into the application: a handler under one of its names. @publicApi */
export interface AccessMapEntry {
  readonly transport: Transport;
  readonly operation: HandlerOperation;
  /** The full path, the GraphQL field, `namespace event`, or the RPC pattern. */
  readonly name: string;
  /** Where a header or a media type selects the version. */
  readonly version?: string;
  /** Where the controller answers for one host alone. */
  readonly host?: string;
  /** From 1, in the order of registration, where several handlers share all of the above. */
  readonly order?: number;
  readonly module: string;
  readonly controller: string;
  readonly handler: string;
  readonly access: 'public' | 'authenticated';
  /** Why it is public, looser than its class, or declared by the options. */
  readonly reason?: string;
  readonly needs: AccessNeeds;
  /**
   * The roles of the catalogue that meet every need for roles and permissions by themselves. Absent
   * where there is no such need: then everybody meets it, or everybody who is signed in.
   */
  readonly roles?: readonly string[];
}

/** What a role of the catalogue amounts to. @publicApi */
export interface LockedRole {
  /** Every role it inherits, directly or not. */
  readonly inherits: readonly string[];
  /** Wildcards are expanded. */
  readonly permissions: readonly string[];
}

/**
 * Everything that code says about access, in a form that is compared: `access.lock.json`. Roles that
 * only the database knows are not in it.
 *
 * @publicApi
 */
export interface AccessLock {
  readonly version: typeof LOCK_VERSION;
  /** Structural options that decide what the declarations of all routes are worth. */
  readonly settings: {
    readonly globalGuards: boolean;
    readonly unannotated: 'refuse' | 'authenticated';
  };
  readonly permissions: readonly string[];
  readonly roles: Readonly<Record<string, LockedRole>>;
  /** Sets of roles of which nobody may hold more than one. */
  readonly separate: readonly (readonly string[])[];
  /** Sets of roles of which no session may have more than one active. */
  readonly separateInSession: readonly (readonly string[])[];
  readonly routes: readonly AccessMapEntry[];
}

/** Changes with the format, never with the content. */
export const LOCK_VERSION = 1;

/** The text of the lock file: the same for the same access. @publicApi */
export function printAccessLock(lock: AccessLock): string {
  return `${JSON.stringify(lock, null, 2)}\n`;
}

/** Both ways round the same, wherever it runs. */
export function byText(one: string, two: string): number {
  return one < two ? -1 : one > two ? 1 : 0;
}
