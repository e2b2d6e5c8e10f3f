import { SignedIn, SignedOut } from '@portcullis/client/react';
import type { Page, SignedInPage } from './page';
import { AccountView } from './pages/account';
import { EndedView, ForbiddenView, NotFoundView } from './pages/blanks';
import { InvoiceView } from './pages/invoice';
import { InvoicesView } from './pages/invoices';
import { LoginView } from './pages/login';
import { SessionsView } from './pages/sessions';
import { Refusal } from './refusal';
import { Shell } from './shell';
import { wordsOfFormRefusal } from './words';

/** A page. The server renders it, and the browser takes it over when it has the script. */
export function App({ page }: { readonly page: Page }) {
  if (page.kind === 'login') return <LoginView page={page} />;
  return (
    <>
      <SignedIn>
        <Shell path={page.path} formToken={page.formToken}>
          <div className="page">
            {page.refusal !== undefined && <Refusal {...wordsOfFormRefusal(page.refusal)} />}
            <View page={page} />
          </div>
        </Shell>
      </SignedIn>
      <SignedOut>
        <EndedView />
      </SignedOut>
    </>
  );
}

function View({ page }: { readonly page: SignedInPage }) {
  switch (page.kind) {
    case 'invoices':
      return <InvoicesView page={page} />;
    case 'invoice':
      return <InvoiceView page={page} />;
    case 'sessions':
      return <SessionsView page={page} />;
    case 'account':
      return <AccountView page={page} />;
    case 'forbidden':
      return <ForbiddenView />;
    case 'notFound':
      return <NotFoundView />;
  }
}
