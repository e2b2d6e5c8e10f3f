import { Injectable } from '@nestjs/common';
import type { CreatorLookup, PolicyContext, Principal } from '@portcullis/nest';
import { isUUID } from 'class-validator';
import { InvoicesRepository } from './invoices.repository';

/** Who wrote an invoice, for the rule of four eyes. */
@Injectable()
export class InvoiceCreator implements CreatorLookup {
  constructor(private readonly invoices: InvoicesRepository) {}

  async creatorOf(
    { params }: PolicyContext,
    principal: Principal,
  ): Promise<string | null | undefined> {
    // Guards run before pipes, so the id is still whatever the caller sent.
    if (!isUUID(params.id)) return undefined;
    const invoice = await this.invoices.find(principal, params.id as string);
    return invoice?.createdBy;
  }
}
