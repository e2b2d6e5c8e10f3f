import { Icon } from '../../../shared/icon';
import { InvoiceDetails } from '../../../shared/invoice-parts';
import { Approve } from '../forms';
import { Moment } from '../moment';
import type { InvoicePage } from '../page';
import { HOME } from '../paths';

/** One invoice, and its approval for who may give it. */
export function InvoiceView({ page }: { readonly page: InvoicePage }) {
  const { invoice, formToken, path } = page;
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
      <InvoiceDetails invoice={invoice} written={<Moment at={invoice.createdAt} />} />
    </>
  );
}
