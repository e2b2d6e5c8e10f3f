/** Count and sum of the invoices of one currency and status. */
export class InvoiceTotalDto {
  readonly currency!: string;
  readonly status!: 'draft' | 'approved';
  readonly count!: number;
  readonly amountCents!: number;
}

/** What the tenant has invoiced. */
export class ReportSummaryDto {
  readonly totals!: InvoiceTotalDto[];
}
