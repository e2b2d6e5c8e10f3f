import type { Transport } from '../requests/execution';
import type { RouteAccess } from '../route-access/route-access';

/** How a handler is reached over its transport: `GET`, `POST`, …, `ALL` over HTTP. @publicApi */
export type HandlerOperation =
  'query' | 'mutation' | 'subscription' | 'field' | 'message' | 'event' | Uppercase<string>;

/** One handler of the application, and what it takes to use it. @publicApi */
export interface DeclaredHandler {
  readonly transport: Transport;
  readonly module: string;
  readonly controller: string;
  readonly handler: string;
  readonly operation: HandlerOperation;
  /**
   * Over HTTP the full paths, with global prefix, module path and version in the URI; under GraphQL the
   * field, for a field resolver as `Type.field`; over WebSockets `namespace event`; for RPC the pattern.
   */
  readonly names: readonly string[];
  /** The versions a header, a media type or a rule of the host selects; absent where all are served. */
  readonly versions?: readonly string[];
  /** The hosts the controller answers for; absent where it answers for all. */
  readonly hosts?: readonly string[];
  readonly access: RouteAccess;
}

/** The class that a handler belongs to. */
export interface HandlerClass {
  readonly name: string;
  readonly prototype: object;
}

/** A handler as it was found: with its class, and whether the guards run before it. */
export interface FoundHandler extends DeclaredHandler {
  readonly type: HandlerClass;
  /** `false` where nothing would ask for the declared access. */
  readonly isGuarded: boolean;
}
