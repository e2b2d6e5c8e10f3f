import { HttpStatus, Injectable, type HttpRedirectResponse } from '@nestjs/common';
import { AuthorityService, safeReturnTo, type FormField, type Principal } from '@portcullis/nest';
import { InvoicesService } from '../invoices/invoices.service';
import { html, NOTHING } from './html';
import { invoicesPage } from './invoices-page';
import type { Page } from './page';
import { HOME_PAGE } from './paths';
import { refusalSummary } from './refusal';

/** As many as fit on a page of an example. */
const LIMIT = 50;

/** The invoices as people see them. */
@Injectable()
export class InvoicesPageService {
  constructor(
    private readonly invoices: InvoicesService,
    private readonly authorities: AuthorityService,
  ) {}

  /** @param error why the last form was refused, as the query says */
  async page(principal: Principal, field: FormField, error: unknown): Promise<Page> {
    const { accountId, tenantId, activation } = principal;
    const { items } = await this.invoices.list(principal, { limit: LIMIT });
    const { permissions } = await this.authorities.of(accountId, tenantId, activation);
    const mayApprove = permissions.includes('invoices:approve');
    return {
      title: 'Invoices',
      content: html`${error === undefined ? NOTHING : refusalSummary(error)}
      ${invoicesPage(items, { accountId, mayApprove }, field)}`,
      signOut: field,
    };
  }

  /** Approves an invoice and leads back by GET, so that a reload sends no form again. */
  async approve(
    principal: Principal,
    id: string,
    returnTo?: string,
  ): Promise<HttpRedirectResponse> {
    await this.invoices.approve(principal, id);
    return { url: safeReturnTo(returnTo) ?? HOME_PAGE, statusCode: HttpStatus.SEE_OTHER };
  }
}
