import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import {
  CurrentPrincipal,
  FourEyes,
  RequirePermissions,
  StrictBody,
  type Principal,
} from '@portcullis/nest';
import {
  CreateInvoiceDto,
  InvoiceIdDto,
  ListInvoicesDto,
  type InvoiceDto,
  type InvoicePageDto,
} from './invoice.dto';
import { InvoiceCreator } from './invoice-creator';
import { InvoicesService } from './invoices.service';

@Controller('invoices')
export class InvoicesController {
  constructor(private readonly invoices: InvoicesService) {}

  /** Lists the invoices of the tenant, the newest first. */
  @Get()
  @RequirePermissions('invoices:read')
  list(
    @CurrentPrincipal() principal: Principal,
    @Query() page: ListInvoicesDto,
  ): Promise<InvoicePageDto> {
    return this.invoices.list(principal, page);
  }

  @Get(':id')
  @RequirePermissions('invoices:read')
  get(
    @CurrentPrincipal() principal: Principal,
    @Param() { id }: InvoiceIdDto,
  ): Promise<InvoiceDto> {
    return this.invoices.get(principal, id);
  }

  /** Writes a draft. */
  @Post()
  @RequirePermissions('invoices:create')
  create(
    @CurrentPrincipal() principal: Principal,
    @StrictBody(CreateInvoiceDto) invoice: CreateInvoiceDto,
  ): Promise<InvoiceDto> {
    return this.invoices.create(principal, invoice);
  }

  /** Approves a draft that somebody else wrote. */
  @Post(':id/approve')
  @HttpCode(200)
  @RequirePermissions('invoices:approve')
  @FourEyes(InvoiceCreator)
  approve(
    @CurrentPrincipal() principal: Principal,
    @Param() { id }: InvoiceIdDto,
  ): Promise<InvoiceDto> {
    return this.invoices.approve(principal, id);
  }
}
