/**
 * Whoever a request acts as: an account in one of its sessions.
 *
 * It names neither roles nor permissions: those are decided per request from the current
 * assignments, never from a token.
 *
 * @publicApi
 */
export interface Principal {
  /** The account; `sub` of the access token. */
  readonly accountId: string;
  /** The session; `sid` of the access token. */
  readonly sessionId: string;
  /** The tenant that the request acts in, or else the one that the session is bound to. */
  readonly tenantId?: string;
  /** Seconds since the epoch of the last authentication by a person (OpenID Connect Core §2). */
  readonly authTime: number;
  /** How the person proved who they are, for example `['pwd']` (RFC 8176). */
  readonly amr: readonly string[];
  /** The roles that are active in the session, where it chose some; otherwise all that are held. */
  readonly activation?: RoleActivation;
}

/** A choice of roles that a session made (dynamic separation of duty). @publicApi */
export interface RoleActivation {
  /** The version of the session that made it; `sv` of the access token. */
  readonly version: number;
  readonly roleIds: readonly string[];
}

interface CarriesPrincipal {
  user?: unknown;
}

const principals = new WeakMap<object, Principal>();

/** Marks a request as acting for a principal; `request.user` is what Passport's users expect. */
export function setPrincipal(request: object, principal: Principal): void {
  principals.set(request, principal);
  (request as CarriesPrincipal).user = principal;
}

/**
 * The same, but only once: the resolvers of one GraphQL request share it, and the guard that finds out
 * in which tenant it acts must not be undone while one of them reads the principal.
 */
export function attachPrincipal(carrier: object, principal: Principal): true {
  if (principalOf(carrier) === undefined) setPrincipal(carrier, principal);
  return true;
}

/** The principal that our own guards established for a request; nothing else can set it. */
export function principalOf(request: object): Principal | undefined {
  return principals.get(request);
}
