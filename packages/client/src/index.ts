export {
  AuthError,
  type AuthErrorInit,
  type Challenge,
  type ClientErrorCode,
  type FieldError,
} from './auth-error.js';
export type { Browser, BrowserEvent, Channel, Locks } from './browser.js';
export {
  AuthClient,
  createAuthClient,
  type AuthClientOptions,
  type LoginInput,
  type LogoutScope,
  type SessionListItem,
  type SignOutListener,
  type UserChangeListener,
} from './client.js';
export type { ServerErrorCode } from './contract.gen.js';
export { readInitialState } from './initial-state.js';
export { safeReturnTo } from './return-to.js';
export type { StepUpListener } from './step-ups.js';
export type {
  AnonymousReason,
  AuthState,
  Permission,
  Register,
  Role,
  Session,
  SignedIn,
  User,
} from './state.js';
