import type { AccessCatalogue } from '../route-access/access-catalogue';
import type { FormOptions } from './form-options';
import type { ThirdPartyController } from '../route-access/route-access.reader';

/** Token under which the structural options are injected. It shares its name with the type. */
export const StructuralAuthOptions = Symbol('StructuralAuthOptions');

/** First segment of our routes, unless `prefix` says otherwise. */
export const DEFAULT_PREFIX = 'auth';

/**
 * What decides which modules, routes and guards exist. It stands beside `useFactory`, never inside,
 * because Nest has to know it before anything can be injected.
 *
 * @publicApi
 */
export interface StructuralAuthOptions {
  /** The catalogue of permissions and roles, as `defineAccess` returned it. */
  readonly access: AccessCatalogue;
  /** Name of the TypeORM DataSource that holds our tables. When left out: the default one. */
  readonly dataSource?: string;
  /** First segment of our routes. @default 'auth' */
  readonly prefix?: string;
  /** First segment of the routes of the administration. @default 'admin' */
  readonly adminPrefix?: string;
  /** Whether there are routes for the administration at all. @default true */
  readonly administration?: boolean;
  /**
   * What a route without an access decorator means: the application does not start, or any signed-in
   * account may use it. There is no third. @default 'refuse'
   */
  readonly unannotated?: 'refuse' | 'authenticated';
  /** Controllers of other packages, which carry no decorators of ours. */
  readonly thirdParty?: readonly ThirdPartyController[];
  /** Whether every route is throttled by source, and not only our own. @default false */
  readonly throttleEveryRoute?: boolean;
  /**
   * Whether the guards are registered for the whole application. Without it only routes that name
   * them in `@UseGuards` are guarded, whatever they declare. @default true
   */
  readonly globalGuards?: boolean;
  /**
   * Login and logout by plain HTML forms, for pages without script. When left out there are no routes for
   * them.
   */
  readonly forms?: FormOptions;
}
