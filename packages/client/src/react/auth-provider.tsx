'use client';

import { createContext, useContext, useEffect, type ReactNode } from 'react';
import type { AuthClient } from '../client.js';

const AuthContext = createContext<AuthClient | undefined>(undefined);

/** What {@link AuthProvider} takes. */
export interface AuthProviderProps {
  /** Made once, outside of any component; disposing of it is up to who made it. */
  readonly client: AuthClient;
  readonly children?: ReactNode;
}

/**
 * Starts the client when the page is there, and hands it to what is below.
 *
 * @example
 * const auth = createAuthClient();
 * createRoot(element).render(<AuthProvider client={auth}><App /></AuthProvider>);
 */
export function AuthProvider({ client, children }: AuthProviderProps): ReactNode {
  useEffect(() => void client.start(), [client]);
  return <AuthContext.Provider value={client}>{children}</AuthContext.Provider>;
}

/** The client of the nearest provider. @throws Error without one */
export function useAuthClient(): AuthClient {
  const client = useContext(AuthContext);
  if (client === undefined)
    throw new Error('portcullis: no <AuthProvider client={…}> is above this component');
  return client;
}
