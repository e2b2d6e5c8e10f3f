import { RequireAuth } from '@portcullis/client/react';
import { useEffect, type ReactNode } from 'react';
import { BrandMark } from '../../shared/icon';
import { AccountPage } from './pages/account';
import { ForbiddenPage } from './pages/forbidden';
import { InvoicePage } from './pages/invoice';
import { InvoicesPage } from './pages/invoices';
import { NewInvoicePage } from './pages/new-invoice';
import { NotFoundPage } from './pages/not-found';
import { PeoplePage } from './pages/people';
import { ReportsPage } from './pages/reports';
import { SessionsPage } from './pages/sessions';
import { SignInPage } from './pages/sign-in';
import { askToSignIn, HOME } from './return-to';
import { SessionExpiredDialog } from './session-expired-dialog';
import { Shell } from './shell';
import { StepUpDialog } from './step-up-dialog';
import { match, navigate, useLocation } from './router';

/** Every page: one of them is for everybody, the rest for who is signed in. */
export function App() {
  const { path } = useLocation();
  if (path === '/sign-in') return <SignInPage />;
  return (
    <>
      <RequireAuth loading={<Splash />} fallback={<Splash />} onUnauthenticated={askToSignIn}>
        <Shell path={path}>{pageOf(path)}</Shell>
      </RequireAuth>
      <SessionExpiredDialog />
      <StepUpDialog />
    </>
  );
}

function pageOf(path: string): ReactNode {
  if (path === '/') return <GoTo path={HOME} />;
  if (path === '/invoices') return <InvoicesPage />;
  if (path === '/account') return <AccountPage />;
  if (path === '/sessions') return <SessionsPage />;
  if (path === '/invoices/new') {
    return (
      <RequireAuth permission="invoices:create" fallback={<ForbiddenPage />}>
        <NewInvoicePage />
      </RequireAuth>
    );
  }
  if (path === '/reports') {
    return (
      <RequireAuth permission="reports:read" fallback={<ForbiddenPage />}>
        <ReportsPage />
      </RequireAuth>
    );
  }
  if (path === '/people') {
    return (
      <RequireAuth permission="auth.users:read" fallback={<ForbiddenPage />}>
        <PeoplePage />
      </RequireAuth>
    );
  }
  const invoice = match('/invoices/:id', path);
  if (invoice?.id !== undefined) return <InvoicePage key={invoice.id} id={invoice.id} />;
  return <NotFoundPage />;
}

function GoTo({ path }: { readonly path: string }) {
  useEffect(() => navigate(path, { replace: true }), [path]);
  return null;
}

/** While it is not known who is there. */
function Splash() {
  return (
    <main className="splash" aria-busy="true">
      <BrandMark />
      <h1 className="visually-hidden">Loading</h1>
    </main>
  );
}
