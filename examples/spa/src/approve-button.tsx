import { AuthError } from '@portcullis/client';
import { Can, useUser } from '@portcullis/client/react';
import { useState } from 'react';
import { flushSync } from 'react-dom';
import { money } from '../../shared/format';
import type { Invoice } from '../../shared/invoice-parts';
import { api } from './api';
import { Action } from './controls';
import { Dialog } from './dialog';
import { useToast } from './toasts';
import { wordsFor } from './words';

interface ApproveButtonProps {
  readonly invoice: Invoice;
  readonly isSmall?: boolean;
  onApproved(this: void, invoice: Invoice): void;
}

/** For who may approve, and only drafts of others. The server decides it again. */
export function ApproveButton({ invoice, isSmall = false, onApproved }: ApproveButtonProps) {
  const user = useUser();
  const [isAsking, ask] = useState(false);
  if (invoice.status === 'approved' || invoice.createdBy === user?.id) return null;
  return (
    <Can permission="invoices:approve">
      <Action
        className={isSmall ? 'button-small' : ''}
        {...(isSmall ? {} : { kind: 'primary' })}
        icon="check"
        onClick={() => ask(true)}
      >
        Approve
        {isSmall && <span className="visually-hidden"> {invoice.number}</span>}
      </Action>
      {isAsking && (
        <Confirmation invoice={invoice} onApproved={onApproved} onClose={() => ask(false)} />
      )}
    </Can>
  );
}

interface ConfirmationProps extends Pick<ApproveButtonProps, 'invoice' | 'onApproved'> {
  onClose(this: void): void;
}

function Confirmation({ invoice, onApproved, onClose }: ConfirmationProps) {
  const say = useToast();
  const [isPending, setPending] = useState(false);
  const approve = async () => {
    setPending(true);
    try {
      const approved = await api.approve(invoice.id);
      say('good', `${invoice.number} is approved.`);
      // The dialog gives the focus back first: to the button, which is about to go.
      flushSync(onClose);
      onApproved(approved);
    } catch (error) {
      const refusal = error instanceof AuthError ? error : new AuthError({ code: 'network' });
      const { title, text } = wordsFor(refusal);
      say('bad', `${title}. ${text}`);
      onClose();
    }
  };
  return (
    <Dialog
      title={`Approve ${invoice.number}?`}
      text={
        <>
          <strong className="number">{money(invoice.amountCents, invoice.currency)}</strong> to{' '}
          {invoice.customer}. This cannot be taken back.
        </>
      }
      onClose={onClose}
    >
      <div className="dialog-actions">
        <Action onClick={onClose}>Cancel</Action>
        <Action kind="primary" pending={isPending} onClick={() => void approve()}>
          Approve
        </Action>
      </div>
    </Dialog>
  );
}
