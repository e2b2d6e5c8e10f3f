import { onlineManager, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';

// Else nobody would notice that the network is back while nobody is signed in.
onlineManager.subscribe(() => undefined);

/** Belongs into <SignedIn> or <RequireAuth>: both mount it anew for another person. */
export function Queries({ children }: { readonly children: ReactNode }) {
  const [queryClient] = useState(() => new QueryClient());
  useEffect(() => () => queryClient.clear(), [queryClient]);
  return <QueryClientProvider client={queryClient}>{children}</QueryClientProvider>;
}
