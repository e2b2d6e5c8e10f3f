/** An invoice, as `GET /invoices` answers it. */
export interface Invoice {
  readonly id: string;
  readonly number: string;
  readonly customer: string;
  readonly amountCents: number;
  readonly currency: string;
  readonly status: 'draft' | 'approved';
  readonly createdBy: string;
  readonly approvedBy: string | null;
  readonly createdAt: string;
}

/** Whether somebody approved it. */
export function StatusBadge({ status }: Pick<Invoice, 'status'>) {
  return status === 'approved' ? (
    <span className="badge badge-dot badge-good">Approved</span>
  ) : (
    <span className="badge badge-dot badge-warn">Draft</span>
  );
}
