import { safeReturnTo } from '@portcullis/client';
import { RequireAuth } from '@portcullis/client/react';
import { Outlet, useLocation, useNavigate } from 'react-router';

/** The layout route of all pages for people who are signed in. */
export function Private() {
  const navigate = useNavigate();
  const leave = (to: string) => void navigate('/login', { replace: true, state: { to } });
  return (
    <RequireAuth onUnauthenticated={leave}>
      <Outlet />
    </RequireAuth>
  );
}

/** What the page to sign in calls when `auth.login` has fulfilled. */
export function useGoOn(): () => void {
  const navigate = useNavigate();
  const state = useLocation().state as { readonly to?: unknown } | null;
  return () => void navigate(safeReturnTo(state?.to) ?? '/', { replace: true });
}
