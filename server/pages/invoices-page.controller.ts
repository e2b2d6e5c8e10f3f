import {
  Controller,
  Get,
  Param,
  Post,
  Query,
  Redirect,
  Req,
  Res,
  UseFilters,
  UseInterceptors,
  type HttpRedirectResponse,
} from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import {
  CurrentPrincipal,
  FormPost,
  FormTokens,
  FourEyes,
  RequirePermissions,
  StrictForm,
  type HttpRequest,
  type Principal,
  type ReadableHttpResponse,
} from '@portcullis/nest';
import { InvoiceCreator } from '../invoices/invoice-creator';
import { InvoiceIdDto } from '../invoices/invoice.dto';
import { ApproveFormDto } from './approve-form.dto';
import { InvoicesPageService } from './invoices-page.service';
import type { Page } from './page';
import { PageFilter } from './page.filter';
import { PageInterceptor } from './page.interceptor';
import { PAGES } from './paths';

@Controller()
@ApiExcludeController()
@UseFilters(PageFilter)
export class InvoicesPageController {
  constructor(
    private readonly invoices: InvoicesPageService,
    private readonly tokens: FormTokens,
  ) {}

  @Get(`${PAGES}/invoices`)
  @RequirePermissions('invoices:read')
  @UseInterceptors(PageInterceptor)
  list(
    @CurrentPrincipal() principal: Principal,
    @Query('error') error: unknown,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) response: ReadableHttpResponse,
  ): Promise<Page> {
    return this.invoices.page(principal, this.tokens.field(request, response), error);
  }

  @Post('invoices/:id/approve-form')
  @RequirePermissions('invoices:approve')
  @FourEyes(InvoiceCreator)
  @FormPost()
  @Redirect()
  approve(
    @CurrentPrincipal() principal: Principal,
    @Param() { id }: InvoiceIdDto,
    @StrictForm(ApproveFormDto) { returnTo }: ApproveFormDto,
  ): Promise<HttpRedirectResponse> {
    return this.invoices.approve(principal, id, returnTo);
  }
}
