export { AuthError } from '../auth-error.js';
export { safeReturnTo } from '../return-to.js';
export type { AuthState, Permission, Register, Role, Session, User } from '../state.js';
export { addressOf, expressAuth, type RequestAuth } from './express.js';
export { nextAuth, type NextAuth, type NextPassage } from './next.js';
export { scriptTag, type ScriptTagOptions } from './script-tag.js';
export {
  createServerAuth,
  type RequireOptions,
  type ServerAuth,
  type ServerSession,
} from './server-auth.js';
export type { ServerAuthOptions } from './server-auth-options.js';
export { forwardedAddressOf } from './session-request.js';
