import type { ThrottlerStorage } from '@nestjs/throttler';

/**
 * Token of the storage that counts requests. It is not the token of `@nestjs/throttler`, so that a
 * host application's own `ThrottlerModule` and ours never share a counter.
 *
 * @publicApi
 */
export const AuthThrottlerStorage = Symbol('AuthThrottlerStorage');

/**
 * Counts requests for {@link AuthThrottlerGuard}: the seam of `@nestjs/throttler`. Times go in as
 * milliseconds and come out as whole seconds.
 *
 * @publicApi
 */
export type AuthThrottlerStorage = ThrottlerStorage;
