import { Can, useAuth, useUser } from '@portcullis/client/react';
import type { SubmitEvent } from 'react';
import { Icon } from '../../shared/icon';
import type { Invoice } from '../../shared/invoice-parts';
import { API, LOGIN } from './paths';

interface FormTokenProps {
  readonly formToken: string;
}

/** The field that every form for the API carries. */
export function FormToken({ formToken }: FormTokenProps) {
  return <input type="hidden" name="form_token" value={formToken} />;
}

interface SignOutProps extends FormTokenProps {
  readonly isWide?: boolean;
}

/** A plain form. With script the client signs out instead, which tells the other tabs at once. */
export function SignOut({ formToken, isWide = false }: SignOutProps) {
  const { logout } = useAuth();
  const send = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const leave = () => window.location.replace(LOGIN);
    logout().then(leave, leave);
  };
  return (
    <form method="post" action={`${API}/auth/form/logout`} onSubmit={send}>
      <FormToken formToken={formToken} />
      {isWide ? (
        <button className="button button-danger">
          <Icon name="signOut" />
          Sign out
        </button>
      ) : (
        <button className="button button-quiet button-icon" aria-label="Sign out" title="Sign out">
          <Icon name="signOut" />
        </button>
      )}
    </form>
  );
}

interface ApproveProps extends FormTokenProps {
  readonly invoice: Invoice;
  readonly returnTo: string;
  readonly isSmall?: boolean;
}

/** For drafts of others, and who may approve. The server decides it again. */
export function Approve({ invoice, returnTo, formToken, isSmall = false }: ApproveProps) {
  const user = useUser();
  if (invoice.status === 'approved' || invoice.createdBy === user?.id) return null;
  return (
    <Can permission="invoices:approve">
      <form method="post" action={`${API}/invoices/${invoice.id}/approve-form`}>
        <FormToken formToken={formToken} />
        <input type="hidden" name="returnTo" value={returnTo} />
        <button className={isSmall ? 'button button-small' : 'button button-primary'}>
          <Icon name="check" />
          Approve
          {isSmall && <span className="visually-hidden"> {invoice.number}</span>}
        </button>
      </form>
    </Can>
  );
}
