import type { Permission, RoleName } from '../route-access/register';

/** Whom a test wants to act as. @publicApi */
export interface PrincipalWishes {
  /**
   * Exactly these permissions, by a role of the database that grants nothing else. Wildcards as in
   * `defineAccess`: `invoices:*`, `auth.*`, `*`.
   */
  readonly permissions?: readonly (Permission | (string & {}))[];
  /** Roles to assign, of the catalogue or of the database, with everything they grant. */
  readonly roles?: readonly (RoleName | (string & {}))[];
  /**
   * The key or id of a tenant, registered when it is missing. Permissions and roles are held there and
   * nowhere else, and the session is bound to it. Without one they are held everywhere.
   */
  readonly tenant?: string;
  /** How the person authenticated (RFC 8176). @default ['pwd'] */
  readonly amr?: readonly string[];
  /** When the person authenticated. @default now, by the clock of the application */
  readonly authTime?: Date;
}

/** Request headers by name. @publicApi */
export type TestHeaders = Readonly<Record<string, string>>;

/** A test of supertest, or anything else that headers can be set on. @publicApi */
export interface SetsHeaders {
  set(headers: Record<string, string>): unknown;
}

/** An account with a session, and what it takes to call the application as it. @publicApi */
export interface TestPrincipal {
  readonly accountId: string;
  readonly sessionId: string;
  readonly tenantId?: string;
  /** Without the scheme: for sockets, messages and everything that takes no headers. */
  readonly accessToken: string;
  /** `authorization`, and the header that names the tenant where the application reads it from one. */
  readonly headers: TestHeaders;
  /** Sets the headers on a test of supertest and returns it. */
  as<Request extends SetsHeaders>(test: Request): Request;
}
