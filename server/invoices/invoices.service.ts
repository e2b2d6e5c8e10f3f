import { Injectable } from '@nestjs/common';
import { AuthError, type Principal } from '@portcullis/nest';
import { v7 } from 'uuid';
import type { CreateInvoiceDto, InvoiceDto, InvoicePageDto, ListInvoicesDto } from './invoice.dto';
import { InvoicesRepository } from './invoices.repository';

/** Invoices of the caller's tenant: drafts, and their approval by a second person. */
@Injectable()
export class InvoicesService {
  constructor(private readonly invoices: InvoicesRepository) {}

  async list(principal: Principal, page: ListInvoicesDto): Promise<InvoicePageDto> {
    const { limit, cursor, status } = page;
    const found = await this.invoices.page(principal, { limit: limit + 1, before: cursor, status });
    const items = found.slice(0, limit);
    const hasMore = found.length > items.length;
    return { items, nextCursor: hasMore ? (items.at(-1)?.id ?? null) : null };
  }

  /** @throws AuthError `not_found`, also for one of another tenant */
  async get(principal: Principal, id: string): Promise<InvoiceDto> {
    const found = await this.invoices.find(principal, id);
    if (found === undefined) throw new AuthError('not_found');
    return found;
  }

  /** @throws AuthError `conflict` when the tenant has an invoice of this number */
  async create(principal: Principal, invoice: CreateInvoiceDto): Promise<InvoiceDto> {
    const { number, customer, amountCents, currency } = invoice;
    const created = await this.invoices.insert({
      id: v7(),
      tenantId: principal.tenantId ?? null,
      number,
      customer,
      amountCents,
      currency,
      createdBy: principal.accountId,
    });
    if (created !== undefined) return created;
    throw new AuthError('conflict', { detail: 'An invoice with this number exists.' });
  }

  /**
   * Approves a draft of somebody else; `@FourEyes` on the route keeps its creator out.
   *
   * @throws AuthError `not_found`, `conflict` when it was approved already
   */
  async approve(principal: Principal, id: string): Promise<InvoiceDto> {
    const approved = await this.invoices.approve(principal, id);
    if (approved !== undefined) return approved;
    const found = await this.invoices.find(principal, id);
    if (found === undefined) throw new AuthError('not_found');
    throw new AuthError('conflict', { detail: 'The invoice was approved already.' });
  }
}
