import { SetMetadata } from '@nestjs/common';
import type { ThrottlingOptions } from '../options/throttling-options';

/** The name of a limit in `throttling`. */
export type ThrottleName = keyof ThrottlingOptions;

/** Key of the metadata that names the limit of a route. */
export const THROTTLED = 'portcullis:throttled';

/** Token of a boolean: whether routes without {@link Throttled} count against `application`. */
export const ThrottleEveryRoute = Symbol('ThrottleEveryRoute');

/**
 * Names the limit that requests to a route, or to every route of a class, count against. All routes
 * of one name share one count per source. A method's own name stands over that of its class.
 *
 * @example
 * \@Throttled('login')
 * \@Post('login')
 */
export function Throttled(
  name: Exclude<ThrottleName, 'application'>,
): ClassDecorator & MethodDecorator {
  return SetMetadata(THROTTLED, name);
}
