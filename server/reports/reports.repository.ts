import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { orUnavailable } from '../database/or-unavailable';

/** A line of the summary. */
export interface InvoiceTotal {
  readonly currency: string;
  readonly status: 'draft' | 'approved';
  readonly count: number;
  readonly amountCents: number;
}

/** Sums beyond 2^53 lose their last digits, which no summary shows. */
const TOTALS = `SELECT currency, status, count(*)::float8 AS count,
    sum(amount_cents)::float8 AS "amountCents"
  FROM invoices WHERE tenant_id IS NOT DISTINCT FROM $1
  GROUP BY currency, status ORDER BY currency, status`;

@Injectable()
export class ReportsRepository {
  constructor(private readonly dataSource: DataSource) {}

  totals(tenantId: string | null): Promise<InvoiceTotal[]> {
    return orUnavailable(this.dataSource.query<InvoiceTotal[]>(TOTALS, [tenantId]));
  }
}
