import { safeReturnTo } from '@portcullis/client';
import { RequireAuth } from '@portcullis/client/react';
import { Outlet, useRouter, useSearch } from '@tanstack/react-router';

/** The layout route of all pages for people who are signed in. */
export function Private() {
  const router = useRouter();
  const leave = (returnTo: string) =>
    void router.navigate({ to: '/login', search: { returnTo }, replace: true });
  return (
    <RequireAuth onUnauthenticated={leave}>
      <Outlet />
    </RequireAuth>
  );
}

/** What the page to sign in calls when `auth.login` has fulfilled. */
export function useGoOn(): () => void {
  const { history } = useRouter();
  const search: { readonly returnTo?: unknown } = useSearch({ strict: false });
  return () => history.replace(safeReturnTo(search.returnTo) ?? '/');
}
