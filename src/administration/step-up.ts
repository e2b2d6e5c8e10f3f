/**
 * What an administrator does with lasting effect asks for an authentication by a person within these
 * seconds (AD-8). Signing in again is one.
 */
export const MAX_AUTHENTICATION_AGE_SECONDS = 900;

/** The options of `@StepUp()` on such a route. */
export const RECENT_AUTHENTICATION = Object.freeze({ maxAge: MAX_AUTHENTICATION_AGE_SECONDS });
