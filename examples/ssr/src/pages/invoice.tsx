import { useCan, useUser } from '@portcullis/client/react';
import { Fact } from '../../../shared/fact';
import { money } from '../../../shared/format';
import { Icon } from '../../../shared/icon';
import { StatusBadge } from '../../../shared/invoice-parts';
import { Notice } from '../../../shared/notice';
import { Approve } from '../forms';
import { Moment } from '../moment';
import type { InvoicePage } from '../page';
import { HOME } from '../paths';

/** One invoice, and its approval for who may give it. */
export function InvoiceView({ page }: { readonly page: InvoicePage }) {
  const { invoice, formToken, path } = page;
  const user = useUser();
  const mayApprove = useCan('invoices:approve');
  const by = (account: string) => (account === user?.id ? 'you' : 'a colleague');
  const isOwnDraft = invoice.status === 'draft' && invoice.createdBy === user?.id;
  return (
    <>
      <header className="page-head">
        <div>
          <a className="back" href={HOME}>
            <Icon name="back" />
            Invoices
          </a>
          <h1>{invoice.number}</h1>
        </div>
        <Approve invoice={invoice} formToken={formToken} returnTo={path} />
      </header>
      {isOwnDraft && mayApprove && (
        <Notice tone="info" title="You wrote this one">
          <p>It takes a second pair of eyes: somebody else has to approve it.</p>
        </Notice>
      )}
      <div className="card">
        <div className="card-head">
          <div className="stack-tight">
            <span className="muted">{invoice.customer}</span>
            <span className="amount">{money(invoice.amountCents, invoice.currency)}</span>
          </div>
          <StatusBadge status={invoice.status} />
        </div>
        <dl className="card-body facts">
          <Fact name="Written">
            <Moment at={invoice.createdAt} /> by {by(invoice.createdBy)}
          </Fact>
          <Fact name="Approved">
            {invoice.approvedBy === null ? 'Not yet' : `By ${by(invoice.approvedBy)}`}
          </Fact>
          <Fact name="Reference">
            <code>{invoice.id}</code>
          </Fact>
        </dl>
      </div>
    </>
  );
}
