'use client';

export { AuthProvider, useAuthClient, type AuthProviderProps } from './auth-provider.js';
export {
  useSessionExpired,
  useStepUp,
  type SessionExpiredDialog,
  type StepUpDialog,
} from './dialogs.js';
export { AuthLoading, Can, SignedIn, SignedOut, type CanProps } from './gates.js';
export { RequireAuth, type RequireAuthProps } from './require-auth.js';
export {
  useAuth,
  useAuthState,
  useCan,
  useRole,
  useSession,
  useUser,
  type Auth,
} from './use-auth.js';
